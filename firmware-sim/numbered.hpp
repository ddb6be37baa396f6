#pragma once

#include "firmware-sim/source.hpp"

#include <cstdint>
#include <vector>

namespace tidegate::sim {

// For loss tests: device k publishes 1, 2, 3, … on numbered/k, so that a receiver can name every one that is
// missing.
class Numbered : public Source {
public:
    explicit Numbered(std::uint32_t devices) : last_(devices, 0) {}

    Message next(std::int64_t time_ms) override;

private:
    std::vector<std::uint64_t> last_;
    std::size_t turn_ = 0;
};

}  // namespace tidegate::sim

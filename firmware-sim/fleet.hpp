#pragma once

#include "firmware-sim/source.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tidegate::sim {

// The names of the families, as --shapes takes them.
const std::vector<std::string>& shape_names();

// `devices` boards, dealt out over the families in turn. Each says once that it is there; then they publish
// in turn, one message each.
class Fleet : public Source {
public:
    // `shapes`: names out of shape_names(), at least one. `retain`: availability is retained, and withdrawn
    // at the end.
    Fleet(std::uint32_t devices, const std::vector<std::string>& shapes, std::uint64_t seed, bool retain);

    Message next(std::int64_t time_ms) override;
    std::vector<Message> farewell() const override;

private:
    Message stamped(Message message, std::size_t device) const;

    std::vector<DevicePointer> devices_;
    bool retain_;
    std::size_t announced_ = 0;
    std::size_t turn_ = 0;
};

}  // namespace tidegate::sim

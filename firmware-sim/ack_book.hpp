#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace tidegate::sim {

// What the broker has acknowledged, device by device: all numbers up to N, and single ones beyond a gap.
// Pure.
class AckBook {
public:
    void acknowledge(std::uint32_t device, std::uint64_t number);

    // A line a device, "device N further…": all of 1 to N are acknowledged, and the further numbers behind a
    // gap.
    std::string text() const;

private:
    struct Line {
        std::uint64_t up_to = 0;
        std::set<std::uint64_t> further;
    };

    std::map<std::uint32_t, Line> lines_;
};

}  // namespace tidegate::sim

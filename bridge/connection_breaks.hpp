#pragma once

#include "bridge/sink.hpp"

#include <cstdint>

namespace tidegate::bridge {

// A broker that finds a message too large, or will not have what is in it, says so by closing the connection.
// After three times a delivery is tried in parts. One record or gap is given up only when a broker that takes
// the connection each time breaks it ten times: a line that is bad must not cost what is sent over it.
class ConnectionBreaks {
public:
    // The connection broke once more over this delivery: whether that is the delivery's own doing.
    bool are_of(const Delivery& delivery)
    {
        constexpr int often = 3, very_often = 10;
        const bool gaps = !delivery.gaps.empty();
        const bool alone = delivery.records.size() + delivery.gaps.size() == 1;
        const bool same = first_ == delivery.first() && gaps_ == gaps && alone_ == alone;
        first_ = delivery.first();
        gaps_ = gaps;
        alone_ = alone;
        times_ = same ? times_ + 1 : 1;
        return times_ >= (alone ? very_often : often);
    }

private:
    std::uint64_t first_ = 0;
    bool gaps_ = false, alone_ = false;
    int times_ = 0;
};

}  // namespace tidegate::bridge

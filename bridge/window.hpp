#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace tidegate::bridge {

// How many batches one delivery may carry, so that a sink can have several under way at a time and a long way
// there and back costs less. It grows while it is used, and all is well and quick, and is one batch again
// when something fails: then what is tried is what can be judged. Pure.
class Window {
public:
    // What is new waits for the delivery under way, so none should take longer.
    static constexpr std::chrono::milliseconds long_enough{250}, too_long{500};

    explicit Window(std::size_t most) : most_(std::max<std::size_t>(1, most)) {}

    std::size_t batches() const { return batches_; }

    // `full`: it was as much as there may be. A trickle says nothing about what more would cost.
    void delivered(std::chrono::milliseconds took, bool full)
    {
        if (took > too_long) {
            batches_ = std::max<std::size_t>(1, batches_ / 2);
        } else if (!full) {
            return;
        } else if (hold_ > 0) {
            --hold_;
        } else if (took < long_enough) {
            if (batches_ == most_) next_hold_ = shortest_hold;
            batches_ = std::min(most_, batches_ * 2);
        }
    }

    // A delivery of more than one batch was not taken whole. An upstream that bears only one at a time must
    // not be asked for more again and again.
    void failed()
    {
        batches_ = 1;
        hold_ = next_hold_;
        next_hold_ = std::min(longest_hold, next_hold_ * 2);
    }

    // It failed for another reason than how much it was.
    void away() { batches_ = 1; }

private:
    static constexpr int shortest_hold = 16, longest_hold = 4096;  // deliveries of one batch

    std::size_t most_;
    std::size_t batches_ = 1;
    int hold_ = 0;
    int next_hold_ = shortest_hold;
};

}  // namespace tidegate::bridge

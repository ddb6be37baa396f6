#pragma once

#include <cstddef>

namespace tidegate::bridge {

// How many records to try next, and what to do about those that an upstream calls invalid. Pure.
//
// A refused batch is tried again in halves, until either a smaller batch is taken (it was too large: that
// size is kept for a while) or a single record is refused (it is the one). Such a record is given up, but
// only so many in a row without any delivery between them: an upstream that calls everything invalid is
// itself what is wrong, and must not empty the log. Records that it refuses by name, for what is in them,
// while it takes others are none of this.
class BatchSize {
public:
    static constexpr int most_in_a_row = 10;  // records given up without a delivery between them
    static constexpr int for_a_while = 100;   // deliveries until a larger batch is tried again

    explicit BatchSize(std::size_t most) : most_(most), ceiling_(most), limit_(most) {}

    std::size_t limit() const { return limit_; }

    void delivered();
    void fitted();  // it was answered record by record: only its size was right

    enum class Then {
        try_smaller,  // limit() is smaller now
        give_up,      // this one record
        hold,         // wait a long time; after that one more may be given up
    };
    Then refused(std::size_t records);

private:
    std::size_t most_;
    std::size_t ceiling_;  // of limit_, since larger ones were refused
    std::size_t limit_;
    int deliveries_ = 0;  // since the ceiling was last moved
    int given_up_ = 0;    // since the last delivery
};

}  // namespace tidegate::bridge

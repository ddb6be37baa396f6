#pragma once

#include "bridge/rate_meter.hpp"
#include "store/books.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tidegate::bridge {

// What a backlog may take of a link; 0: as much as there is. Hours and days are those of UTC.
struct PaceRules {
    std::uint64_t records_per_s = 0;
    std::uint64_t bytes_per_s = 0;
    std::uint64_t bytes_per_hour = 0;  // what is sent in all; only the backlog waits for the next one
    std::uint64_t bytes_per_day = 0;
};

struct Moment {
    std::int64_t boot_ms = 0, wall_ms = 0;
};

// So many a second, those of one second at once. It begins empty: a process that is started again and again
// does not get a second's worth each time. What is taken may be more than there is: then the next one waits
// for as long as that takes. Pure.
class TokenBucket {
public:
    TokenBucket(std::uint64_t per_second, std::int64_t now_ms)
        : per_second_(static_cast<double>(per_second)),
          at_ms_(now_ms)
    {
    }

    void take(std::uint64_t tokens, std::int64_t now_ms);

    // Until there are so many, or a second's worth.
    std::chrono::milliseconds wait(double tokens, std::int64_t now_ms) const;

private:
    double level_at(std::int64_t now_ms) const;

    double per_second_;  // 0: no bound
    double level_ = 0;
    std::int64_t at_ms_;
};

// When the backlog of one upstream may send, and how much. What new readings take counts for the hour and the
// day, and they never wait. Pure: time is passed in.
class Pace {
public:
    Pace(PaceRules rules, const store::Spent& spent, const Moment& now);

    // What holds a delivery of `most` records at most back, and for how long.
    struct Hold {
        std::chrono::milliseconds wait{0};
        std::string_view by{};  // "records", "bytes", "hour", "day"; empty: nothing
    };
    Hold hold(std::size_t most, const Moment& now) const;

    // Most records of its next delivery.
    std::size_t limit(std::size_t most, const Moment& now) const;

    // A delivery that was tried: its bytes went over the link. `records`: that were taken of it.
    void sent(std::uint64_t bytes, std::uint64_t records, bool backlog, const Moment& now);
    const store::Spent& spent() const { return spent_; }

    // In how many seconds so many records of the backlog will have been sent, as it has gone lately and as
    // the hours and days allow; none: it is not known, or never.
    std::optional<std::int64_t> seconds_for(std::uint64_t records, const Moment& now) const;

private:
    double live_bytes_per_s(const Moment& now) const;
    std::uint64_t left_in_hour(const Moment& now) const;
    std::uint64_t left_in_day(const Moment& now) const;

    PaceRules rules_;
    store::Spent spent_;
    TokenBucket records_, bytes_;
    double bytes_a_record_ = 0;       // of late; 0: not known
    RateMeter backlog_rate_;          // records
    std::uint64_t live_bytes_ = 0;    // of new readings, since
    std::int64_t live_since_ms_ = 0;  // boot clock; 0: none yet
    double speed_ = 0;                // records a second of the backlog when it last went
};

}  // namespace tidegate::bridge

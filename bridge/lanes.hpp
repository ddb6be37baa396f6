#pragma once

#include "bridge/owed.hpp"
#include "bridge/owed_gaps.hpp"
#include "bridge/pace.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate::bridge {

struct LaneRules {
    PaceRules pace{};
    std::size_t few = 2000;                  // readings; so many that wait go in one lane
    std::chrono::milliseconds outage{5000};  // what is shorter makes no backlog
};

// What the store owes to one upstream, and in which order it goes. Without a backlog that is one lane. When
// an upstream is there again after an outage, or at the start, and much waits for it, the live lane begins
// anew at "now": what is new goes at once, and what is older goes behind it, when nothing new waits and the
// pace allows, until both have met (docs/decisions/0014). Used by the forwarder's thread.
class Lanes {
public:
    Lanes(store::Store& store, const Sink& sink, std::string name, Selection selection, LaneRules rules);
    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;

    // Errors: those of Store::reader().
    Result<> open();

    // Looks what is to be delivered next: gaps(), or of current(). Errors: those of Owed::read().
    Result<> read(std::size_t limit);
    bool anything() const { return !gaps_.next().empty() || current_->anything(); }
    void wait(const std::stop_token& stop, std::chrono::milliseconds most);  // until there may be something

    OwedGaps& gaps() { return gaps_; }  // they go first, and alone
    Owed& current() { return *current_; }
    bool late() const { return late_; }  // whether what is current belongs to a backlog

    // A delivery of current() was tried, or one of something else; `records` of it were taken.
    void sent(std::uint64_t bytes, std::uint64_t records);
    void sent_besides(std::uint64_t bytes);
    void acknowledged();  // it was taken: the upstream is there
    void failed();        // it was not, or could not be tried

    std::int64_t oldest_ms() const
    {
        return oldest_ms_;
    }  // time of the oldest reading owed, as far as known; 0: none
    std::string_view held_by() const { return hold_.by; }  // what the backlog waits for; empty: nothing
    std::optional<std::int64_t> seconds_left() const;  // of the backlog; none: not known, or there is none

private:
    void count(std::uint64_t bytes, std::uint64_t records, bool backlog);
    bool many_wait() const;
    bool failed_for_long() const;
    Result<> read_backlog(std::size_t limit);
    void met();
    void note_oldest();

    store::Store& store_;
    std::string name_;
    Selection selection_;
    LaneRules rules_;
    OwedGaps gaps_;
    Owed live_, backlog_;
    Pace pace_;
    bool split_ = false;                // there are two lanes
    bool away_ = false;                 // for long, so that what waits is a backlog
    std::int64_t failed_since_ms_ = 0;  // boot clock; 0: it has not
    Owed* current_ = &live_;
    bool late_ = false;
    Pace::Hold hold_;
    std::int64_t oldest_ms_ = 0;
};

}  // namespace tidegate::bridge

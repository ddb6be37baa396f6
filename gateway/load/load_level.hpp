#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::gateway {

// How hard the gateway is pressed, each as a share: 0 not at all, 1 nothing is left.
struct LoadMeasure {
    double ring = 0;      // of the fullest intake ring that is in use
    double pending = 0;   // of the readings that may wait for a commit, those that do
    double commit_s = 0;  // seconds that a commit takes, over the last few; not a share
    double cpu = 0;       // of all cores, what we take
    double memory = 0;    // of the memory that we may have, what is in use
};

// One level of pressure from all that is measured: 0 none, 1 live updates come at longer intervals, 2 bulk is
// thinned, 3 both are harder; beyond it the ring is full and the broker's socket is not read
// (bridge/subscriber.hpp). In this order, and never what is critical.
//
// It rises when two looks in a row ask for it, so that a burst passes; it falls a step at a time, when for
// `calm` nothing has come near what it rose at: so it does not flutter. Decides nothing by the clock: time is
// passed in. look() and why() by one thread, level() by any.
class LoadLevel {
public:
    static constexpr int most = 3;
    static constexpr std::int64_t calm_ms = 5000;

    // True: the level has changed. `now_ms`: boot clock.
    bool look(const LoadMeasure& measure, std::int64_t now_ms);

    int level() const { return level_; }
    int level_before() const { return before_; }     // the last change
    const std::string& why() const { return why_; }  // what presses most, in words; empty at level 0

private:
    std::atomic<int> level_ = 0;
    int before_ = 0;
    int wanted_before_ = 0;        // by the look before
    std::int64_t pressed_ms_ = 0;  // when something last asked for the level that we are at
    std::string why_;
};

// How much longer the interval of live updates is at a level.
constexpr int stretch_at(int level)
{
    constexpr std::array<int, LoadLevel::most + 1> stretch{1, 2, 4, 8};
    return stretch.at(static_cast<std::size_t>(level));
}

// What a level has us do, in words; for people.
std::string_view meaning_of(int level);

// Of the memory that this process may have, what is in use: its cgroup's, where that has a bound, or the
// machine's, whichever is tighter. 0 where nobody says.
double memory_in_use();

}  // namespace tidegate::gateway

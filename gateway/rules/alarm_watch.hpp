#pragma once

#include "gateway/rules/alarm_rule.hpp"
#include "gateway/rules/rate_window.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::gateway {

// Now, by both clocks. Every duration is measured by the boot clock, which never jumps; the wall clock is
// what records say.
struct Instant {
    std::int64_t wall_ms = 0, boot_ms = 0;
    bool unsynchronised = false;  // the wall clock of this boot is not set yet

    std::int64_t wall_at(std::int64_t boot) const { return wall_ms - (boot_ms - boot); }
    std::int64_t boot_at(std::int64_t wall) const { return boot_ms - (wall_ms - wall); }
};

// One reading as an alarm sees it.
struct AlarmSample {
    std::int64_t time_ms = 0;  // the reading's, wall clock
    std::int64_t at = 0;       // the same by the boot clock; not after now
    std::int64_t heard = 0;    // when it arrived, boot clock; not after now
    const store::Value& value;
    bool unsynchronised = false;
};

// What becomes of an alarm at one step. `time_ms` and `since_ms` by the wall clock.
struct AlarmChange {
    enum class What : std::uint8_t { raised, cleared };
    What what{};
    std::int64_t since_ms = 0;  // as it was raised
    std::int64_t time_ms = 0;
    store::Value value;  // when raised; of "stale" the seconds of silence
    bool flapping = false, unsynchronised = false;
};

// One rule over one series (of "stale": over all of a device's that it matches): quiet, pending while the
// condition has not held long enough, raised, clearing while it has not been gone long enough. Knows no
// series, no files and no clock. One thread.
//
// An alarm that is raised for the fifth time within ten minutes is flapping: it then stays on until it has
// been quiet for as long. So no alarm changes more than ten times in ten minutes.
class AlarmWatch {
public:
    static constexpr std::size_t flaps = 5;
    static constexpr std::int64_t flap_span_ms = 600'000;
    static constexpr std::int64_t calm_ms = flap_span_ms;
    static constexpr std::int64_t least_stale_ms = 30'000;
    static constexpr std::uint32_t gaps_to_learn = 4;  // heard before a learned interval is believed

    AlarmWatch(const AlarmRule& rule, Instant now);

    // Both add what changes. A reading that is older than the last one is heard, and not judged.
    void see(const AlarmSample& sample, Instant now, std::vector<AlarmChange>& changes);
    void advance(std::int64_t boot_ms, Instant now, std::vector<AlarmChange>& changes);

    // When advance() is next of use, boot clock; 0: not before the next reading.
    std::int64_t due() const;

    bool on() const { return phase_ == Phase::raised || phase_ == Phase::clearing; }
    std::int64_t since_ms() const { return alarm_since_ms_; }  // of the alarm that is on, wall clock

    // As of an alarm that is known to be on, of an earlier run.
    void restore_raised(std::int64_t since_ms, bool flapping, Instant now);

    // As the one before it, of a rule that says the same.
    void go_on_from(const AlarmWatch& before);

    // What has to outlive the process (StateLog); empty where there is nothing to keep. restore() takes it
    // back; false: it is not understood.
    std::string state() const;
    std::optional<std::string> take_state();  // none: it has not changed since this was last asked
    bool restore(std::string_view state, Instant now);

private:
    enum class Phase : std::uint8_t { quiet, pending, raised, clearing };

    std::optional<Judgement> judged(const AlarmSample& sample);
    void follow(const Judgement& verdict, const AlarmSample& sample);
    void hear(std::int64_t heard);
    void move(Phase phase, std::int64_t at, std::int64_t at_ms, bool unsynchronised);
    void raise(std::int64_t at, Instant now, std::vector<AlarmChange>& changes);
    void clear(std::int64_t at, Instant now, std::vector<AlarmChange>& changes);
    std::int64_t stale_after() const;  // 0: not known
    std::int64_t hold_off() const;
    std::int64_t wall_of(std::int64_t at, Instant now) const;

    const AlarmRule* rule_;  // outlives the watch
    Phase phase_ = Phase::quiet;
    std::int64_t since_ = 0, since_ms_ = 0;  // of the phase: boot and wall clock
    std::int64_t alarm_since_ms_ = 0;        // of the alarm that is on
    std::int64_t last_at_ = INT64_MIN;       // of the newest reading
    std::int64_t heard_ = 0;                 // boot clock; before it has spoken: since when it is watched
    bool has_spoken_ = false;
    std::int64_t longest_gap_ms_ = 0;  // between messages; forgets slowly
    std::uint32_t gaps_ = 0;
    store::Value value_;  // the last that was judged while the alarm was near or on
    std::optional<RateWindow> rate_;
    std::vector<std::int64_t> raises_;  // boot clock, within flap_span_ms
    bool flapping_ = false;
    bool unsynchronised_ = false;  // since_ms_
    bool unconfirmed_ = false;     // restored, and no reading has said so since
    bool changed_ = false;
};

}  // namespace tidegate::gateway

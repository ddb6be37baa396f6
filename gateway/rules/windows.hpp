#pragma once

#include "gateway/rules/derived_series.hpp"
#include "gateway/rules/state_log.hpp"
#include "gateway/rules/window.hpp"
#include "store/store.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tidegate::gateway {

// What time it is for windows.
struct Moment {
    std::int64_t now_ms = 0;  // wall clock; what arrived before it was taken from the rings
    bool settled = true;      // what is flagged unsynchronised comes from a clock that nobody will set
};

// Since the start of the process.
struct WindowCounts {
    std::uint64_t late = 0;            // readings that came after their window was closed
    std::uint64_t unsynchronised = 0;  // readings of a clock that was not set
    std::uint64_t refused = 0;         // results without a series, because limits.series is reached
};

// Tumbling windows over the readings of a series: when one closes, its results become readings of derived
// series ("/temperature@10min/mean") at the time of its start. A window closes when a reading comes from
// beyond its end and lateness, or when the clock is a second beyond them. Those without a reading say
// nothing.
//
// A reading's own time says where it belongs. In no window: text; what the broker had retained, which may be
// of any age; what comes after its window was closed (counted); what a clock stamped that is not set
// (counted). Where the clock is set back, windows that were closed begin anew: their two results are parts of
// one, and the counts add up.
//
// A series has at most 64 windows of a width open; before one more, the oldest closes. Open windows are kept
// in the state log: call save() before each seal(). Used by the pipeline's thread.
class Windows {
public:
    // Goes on with what the log gives back.
    Windows(store::SeriesTable& series, DerivedSeries& derived, StateLog& log);

    // `specs`: what the rules say of its series. Windows that this reading closes are added to the batch.
    // False: it is in none.
    bool add(const store::Reading& reading,
             std::span<const WindowSpec> specs,
             const Moment& moment,
             store::Batch& batch);

    // Whether the clock may close something.
    bool due(const Moment& moment) const;

    // Closes what is due, until the batch has some thousands of readings: call it while due().
    void close_due(const Moment& moment, store::Batch& batch);

    void save();

    // What is known of a series is otherwise than before.
    void described(store::SeriesId series);

    // After the state was lost: windows that start before `closed_ms` are closed already, and `before` is the
    // last reading before that, if it is known. add() with those since, as they came, opens the others again.
    void resume(store::SeriesId series,
                const WindowSpec& spec,
                std::int64_t closed_ms,
                const std::optional<store::Point>& before);

    const WindowCounts& counts() const { return counts_; }
    std::size_t open() const;  // windows

private:
    struct Open {
        std::int64_t start_ms = 0;
        WindowSum sum;
    };
    // The windows of a series of one width.
    struct Track {
        WindowSpec spec;
        std::int64_t closed_ms = 0;  // windows that start before are closed
        Counter counter{};
        std::vector<Open> open{};                                // by their start
        std::array<store::SeriesId, statistic_count> results{};  // 0: not looked up yet
        bool changed = false;

        std::int64_t end_ms(const Open& window) const { return window.start_ms + spec.width_ms; }
        std::int64_t due_ms(const Open& window) const;  // when the clock closes it
        std::string bytes() const;
    };

    Track& track_of(store::SeriesId series, const WindowSpec& spec);
    bool add_to(Track& track, std::int64_t time_ms, const Number& number, const Moment& moment);
    bool ended(const Track& track, std::int64_t now_ms) const;
    static std::optional<std::vector<Open>::iterator> next_due(Track& track, std::int64_t now_ms);
    void close(store::SeriesId series, Track& track, std::vector<Open>::iterator at, store::Batch& batch);
    void look_up_results(store::SeriesId series, Track& track);
    void restore(const StateKey& key, std::string_view bytes);
    void mark(store::SeriesId series, Track& track);
    void tell_refused();

    store::SeriesTable& series_;
    DerivedSeries& derived_;
    StateLog& log_;
    std::vector<std::vector<Track>> tracks_;  // by series
    std::vector<StateKey> changed_;
    std::int64_t due_ms_;               // the earliest that the clock closes one, or earlier
    store::SeriesId close_from_ = 0;    // where close_due() stopped because the batch was full
    std::int64_t coming_ms_;            // as due_ms_, of those that it has looked at, and of new ones
    std::int64_t looked_ms_ = 0;        // the clock at the last close_due()
    std::int64_t refusal_told_ms_ = 0;  // boot clock
    WindowCounts counts_;
};

}  // namespace tidegate::gateway

#pragma once

#include "base/clock.hpp"
#include "gateway/rules/window_rebuild.hpp"
#include "gateway/rules/windows.hpp"

#include <atomic>
#include <cstdint>
#include <span>
#include <stop_token>

namespace tidegate::gateway {

// Windows as a stage of the pipeline, on its thread but for counts().
class WindowStage {
public:
    // All of them outlive it. `specs_of` is for begin().
    WindowStage(store::Store& store,
                StateLog& log,
                WindowSpecs specs_of,
                DerivedSeries& derived,
                ClockSource clock = {});

    // Once, before the first batch: where the state was lost, opens windows again from what the store has.
    // True: the batch is to be sealed and appended, whatever is in it.
    bool begin(store::Batch& batch, const std::stop_token& stop);

    // Before the messages of a batch are taken.
    void look() { moment_ = moment(); }

    // A reading as it came, also if it is not going to be stored, and what the rules say of its series.
    // Results of windows that it closes go into the batch, so it must not be in there. False: it is in none.
    bool see(const store::Reading& reading, std::span<const WindowSpec> specs, store::Batch& batch)
    {
        return windows_.add(reading, specs, moment_, batch);
    }

    void described(store::SeriesId series) { windows_.described(series); }  // known otherwise than before

    // Whether a batch is to be made for what the clock closes. `passed_ms`: everything that arrived before
    // this was seen (wall clock); 0: of some ring nothing was seen yet, and it may have what belongs into
    // them.
    bool due(std::int64_t passed_ms) const
    {
        return passed_ms > 0 && windows_.due({passed_ms, moment_.settled});
    }

    // At the end of each batch, before it is sealed.
    void finish(std::int64_t passed_ms, store::Batch& batch);

    struct Counts {
        std::uint64_t late = 0, unsynchronised = 0, refused = 0;
    };
    Counts counts() const { return {late_, unsynchronised_, refused_}; }  // any thread

private:
    Moment moment();

    store::Store& store_;
    StateLog& log_;
    WindowSpecs specs_of_;
    ClockSource clock_;
    Windows windows_;
    bool settled_ = false;
    Moment moment_;
    std::atomic<std::uint64_t> late_ = 0, unsynchronised_ = 0, refused_ = 0;
};

}  // namespace tidegate::gateway

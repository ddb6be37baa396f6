#pragma once

#include "base/error.hpp"
#include "store/gaps.hpp"
#include "store/reading.hpp"
#include "store/series_table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace tidegate::bridge {

// What one delivery carries: records of the log in their order, oldest first; or gaps, which say what will
// not come.
struct Delivery {
    std::string_view gateway;
    std::uint64_t epoch = 0;
    std::span<const store::Record> records;
    const store::SeriesTable& series;
    std::span<const store::Gap> gaps{};
    bool late = false;         // the records are of a backlog: what is newer may have come before them
    std::string_view trace{};  // names a message that is followed (trace_tap.hpp); empty: none is
    std::span<const std::uint64_t> traced{};  // the records that are of it, by their seqs
    std::size_t part = 0;                     // most records of one message or request; 0: all of them
    std::size_t stripe = 0, stripes = 1;  // it has the records of every so many-th series alone (stripes.hpp)

    std::size_t part_size() const { return part == 0 ? records.size() : part; }
    std::size_t parts() const
    {
        return records.empty() ? 1 : (records.size() + part_size() - 1) / part_size();
    }

    // The first and the last seq that it is about. It is about one at least.
    std::uint64_t first() const { return records.empty() ? gaps.front().first_seq : records.front().seq; }
    std::uint64_t last() const { return records.empty() ? gaps.back().last_seq : records.back().seq; }
};

// A record of a delivery, by its place in it, that the other side will never take.
struct Refusal {
    std::size_t index = 0;
    std::string why;  // what it said
};

// The other end of a forwarder: one implementation a protocol. Used by the forwarder's thread alone.
class Sink {
public:
    Sink() = default;
    virtual ~Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    // Whether its format can say a record; one that it cannot is never delivered. Errors: invalid.
    virtual Result<> can_say(const store::Reading&) const { return {}; }

    // Whether its format has a place for gaps. False: deliver() is never given any.
    virtual bool takes_gaps() const { return true; }

    // How many parts (Delivery::part) it can have under way at a time; it is given no more than twice as many
    // in one delivery. 1: one delivery is one part.
    virtual std::size_t most_under_way() const { return 1; }

    // Called from within deliver() when a part of it was acknowledged and others are still under way.
    void on_progress(std::function<void()> told) { progress_ = std::move(told); }

    // Returns once the other side has acknowledged the whole delivery, or with an error when it has not:
    // unavailable (try again), denied (credentials; try again, slowly), invalid (this delivery will never be
    // taken). Bounded in time by the sink's own deadlines; returns unavailable soon after a stop is asked
    // for.
    virtual Result<> deliver(const Delivery& delivery, const std::stop_token& stop) = 0;

    // Of a delivery that failed: how many of its first records are done with all the same. The other side has
    // them, but for those of refused().
    virtual std::size_t settled() const { return 0; }

    // Those of the settled records that the other side refused for what is in them (too old for what it
    // keeps, too large), in their order; it goes on taking others. One that is refused for a reason that may
    // well be that of all, such as a rule that is wrong, is not among them: that is what invalid says.
    virtual std::span<const Refusal> refused() const { return {}; }

    // Of the last delivery: how many bytes of it went, or were to go, over the link, packed as they are
    // there, without what protocols below add.
    virtual std::uint64_t bytes() const { return 0; }

    // How many times a connection was given up because no acknowledgement came in time.
    virtual std::uint64_t reopened() const { return 0; }

    // How long the other side asked us to stay away with its last answer; 0 when it did not.
    virtual std::chrono::milliseconds retry_after() const { return {}; }

    virtual std::string kind() const = 0;  // "mqtt", "https", "influxdb", "kafka"
    virtual std::string url() const = 0;   // without secrets

protected:
    void progressed() const
    {
        if (progress_) progress_();
    }

private:
    std::function<void()> progress_;
};

}  // namespace tidegate::bridge

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::store {

// Why a message yielded nothing that could be stored.
enum class Reject : std::uint8_t {
    empty,            // no payload: on a retained topic it means "deleted"
    too_large,        // more bytes than limits.payload
    too_deep,         // JSON nested deeper than limits.depth
    too_many_fields,  // JSON with more values than limits.fields
    malformed,        // begins as a JSON object and is none
    not_utf8,         // neither JSON nor text
    no_reading,       // understood, and holds no value: null, NaN, "unavailable"
    series_limit,     // all its series are new, and limits.series is reached
    redelivered,      // the broker delivered it before, for certain, and it was taken in then
    sampled,          // a rule lets fewer of its topic through: dropped before it was decoded
    pressure,         // bulk, thinned while the gateway is under pressure
};
inline constexpr std::size_t reject_count = 11;
std::string_view to_string(Reject reason);

// Why a reading was read and deliberately not stored.
enum class Suppress : std::uint8_t {
    retained_again,  // the broker repeated a retained value that was known already
    series_limit,    // of a new series, while limits.series is reached
    disk,            // nothing could be committed for so long that memory ran out: the oldest were dropped
    deadband,        // too near to the last one that was stored, says a rule
    unchanged,       // equal to the last one that was stored, and a rule wants changes
    pressure,        // of bulk, thinned while the gateway is under pressure
};
inline constexpr std::size_t suppress_count = 6;
std::string_view to_string(Suppress reason);

// The gateway's accounts since its data directory was made; committed with the readings that they count, so
// that
//   received = stored_messages + rejected   and   read = stored_readings + summarised + suppressed
// hold in every state that a crash can leave behind. The log holds stored_readings and derived.
struct Books {
    std::uint64_t received = 0;
    std::uint64_t stored_messages = 0;
    std::array<std::uint64_t, reject_count> rejected{};
    std::uint64_t read = 0;
    std::uint64_t stored_readings = 0;
    std::uint64_t summarised = 0;  // folded into a summary, which is derived
    std::uint64_t derived = 0;     // made by the gateway itself, and stored: summaries, windows, alarms
    std::array<std::uint64_t, suppress_count> suppressed{};

    void add(const Books& more);
    bool operator==(const Books&) const = default;
};

// Why an upstream does not get a reading.
enum class Discard : std::uint8_t {
    buffer_full,  // it was thinned or dropped before it could be sent
    damaged,      // it cannot be read any more
    refused,      // the other side will never take it
    left_out,     // its rules leave it out: it is no loss
};
inline constexpr std::size_t discard_count = 4;
std::string_view to_string(Discard reason);
using Discards = std::array<std::uint64_t, discard_count>;
std::uint64_t sum(const Discards& discards);
std::uint64_t lost(const Discards& discards);  // all but what was left out

// Which way a reading goes to an upstream. Without a backlog there is one, the live lane; after an outage
// that lane begins anew at "now", and what it has left behind goes by the other.
enum class Lane : std::uint8_t { live, backlog };

// What the live lane is done with ahead of the cursor: after < seq <= through.
struct Ahead {
    std::uint64_t after = 0, through = 0;
    bool operator==(const Ahead&) const = default;
};

// Bytes sent in an hour and in a day, of those that are numbered from 1970 on (UTC).
struct Spent {
    std::uint64_t hour = 0, hour_bytes = 0, day = 0, day_bytes = 0;
    bool operator==(const Spent&) const = default;
};

// One upstream's account: started + delivered + discarded = done(), and queued() is what is left up to the
// last seq.
struct UpstreamBooks {
    static constexpr std::size_t most_ahead = 8;  // each may keep a sealed round in the log

    std::string name;
    std::uint64_t started =
        0;  // last seq in the log when the upstream was first seen: it is owed what came after
    std::uint64_t cursor = 0;     // everything up to this seq is delivered or discarded
    std::uint64_t delivered = 0;  // readings that the other side acknowledged
    Discards discarded{};         // readings that it will not get, by reason
    std::uint64_t gap = 0;        // its gaps up to this id are delivered
    std::vector<Ahead> ahead{};  // rising, beyond the cursor, apart from each other; empty: there is one lane
    Spent spent{};

    std::uint64_t done() const;
    std::uint64_t queued(std::uint64_t last_seq) const;
    std::uint64_t backlog() const;            // of queued(), what goes by the backlog lane
    std::uint64_t place(Lane lane) const;     // all that the lane has up to this seq is done with
    std::uint64_t end(Lane lane) const;       // the last seq that it has; the live lane has no end
    void move(Lane lane, std::uint64_t seq);  // where the backlog lane reaches what is ahead, they become one

    // The live lane goes on behind `seq`, which is not before its place. False: it stays where it is, because
    // there are too many stretches ahead.
    bool split(std::uint64_t seq);
};

}  // namespace tidegate::store

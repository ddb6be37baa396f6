#pragma once

#include "base/error.hpp"
#include "bridge/lanes.hpp"
#include "bridge/selection.hpp"
#include "bridge/sink.hpp"
#include "bridge/trace_tap.hpp"
#include "store/dead_letters.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tidegate::bridge {

struct ForwarderOptions {
    std::string name;     // of the upstream and of its cursor in the store
    std::string gateway;  // this gateway's id
    std::size_t batch = 500;
    Selection selection{};  // what it leaves out is counted as discarded
    std::chrono::milliseconds first_retry{1000};
    std::chrono::milliseconds longest_retry{60'000};  // also after a refusal of our credentials
    LaneRules lanes{};
    std::chrono::milliseconds stalled_after{
        5000};  // without an acknowledgement it is not up, whatever it takes
    store::DeadLetters* dead =
        nullptr;                // where refused readings are kept; outlives the forwarder; none: nowhere
    TraceTap* trace = nullptr;  // outlives the forwarder; none: nothing is ever followed
};

struct ForwarderStatus {
    std::string name, kind, url;
    bool up = false;               // the last delivery was acknowledged; never true before the first one
    std::int64_t since_ms = 0;     // wall clock of the last change of `up`; 0: never changed
    std::uint64_t attempts = 0;    // failed ones since it last was up
    std::int64_t next_try_ms = 0;  // wall clock; 0 when it is not waiting
    std::string why;               // the last error; empty when up
    std::string alarm;  // what only a person can mend: "denied", "refuses_everything"; empty: nothing
    std::int64_t oldest_ms = 0;          // time of the oldest reading that it still owes; 0 when it owes none
    double rate = 0;                     // readings a second acknowledged, over the last ten seconds or so
    std::int64_t unacknowledged_ms = 0;  // how long the delivery under way has waited; 0: there is none
    std::uint64_t reopened = 0;          // connections given up because no acknowledgement came, since start
    std::optional<std::int64_t> seconds_left;  // until the backlog is sent; none: not known, or there is none
    std::string held_by;  // what the backlog waits for: "records", "bytes", "hour", "day"; empty: nothing
};

// Moves what the store owes to one upstream, batch by batch, oldest first within each lane (lanes.hpp), until
// each is acknowledged; then, and only then, moves the lane's place. A batch that the other side calls
// invalid is tried in halves, and a single record that it will not take is kept as a dead letter and counted
// as discarded (batch_size.hpp); so are, at any number and without delay, those that it refuses by name
// (Sink::refused()) and those that its format cannot say. Dead letters that are to be sent again go between
// the batches, one at a time. Whatever it does not get is told it in its place, by a delivery of gaps before
// the records that follow. A thread of its own ("tg-up-NAME"): an upstream that hangs holds up nobody else.
class Forwarder {
public:
    Forwarder(store::Store& store, std::unique_ptr<Sink> sink, ForwarderOptions options);
    ~Forwarder();  // stop()
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;

    // What is appended to the store from here on is owed to the upstream, also to a new one. Errors: those of
    // Store::reader().
    Result<> start();

    // Within a second or so. A delivery that is not acknowledged by then is made again after the next start.
    void stop();
    void retry_now();                // any thread: do not wait for the next try
    ForwarderStatus status() const;  // any thread

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tidegate::bridge

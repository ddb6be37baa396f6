#pragma once

#include "base/error.hpp"
#include "bridge/intake_ring.hpp"
#include "bridge/trace_tap.hpp"
#include "gateway/decode/decoded.hpp"
#include "store/store.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::gateway {

// Follows one message, the next on a topic, through every stage, with times: from the broker to the
// acknowledgement of each upstream. One at a time, for a bounded time, when somebody asks; while nobody does,
// it costs a message one relaxed load. Any thread; one lock, held for a note.
class Tracer {
public:
    // Web. `upstreams`: those that there are. Errors: invalid (no topic filter), full (one is under way).
    Result<std::string> begin(const std::string& filter,
                              std::int64_t seconds,
                              std::vector<std::string> upstreams);
    std::string json();  // docs/api.md; empty: none was begun yet
    void look();         // now and then: ends what has been followed for long enough

    // Pipeline. claims(): whether this is the message; then what becomes of it is told in this order.
    bool waits() const { return waits_.load(std::memory_order_relaxed); }
    bool claims(const bridge::Message& message);
    void decoded(const Decoded& decoded);
    void ruled(std::vector<store::Reading> kept, std::string what);
    void shown();
    void handed_over(const store::IntakePosition& position);

    void committed(const store::IntakePosition& position);  // store's writer
    bridge::TraceTap& tap() { return tap_; }                // forwarders

private:
    enum class State { none, waiting, following, done, timed_out };
    struct Stage {
        std::string name;
        std::int64_t at_us = 0;  // steady clock
        std::string what;
    };
    struct Waiting {
        std::string upstream;
        bool acknowledged = false;
    };
    void note(std::string stage, std::string what);  // with the lock held, as all below
    void take_sightings();
    void end_if_over();
    bool is_over() const;
    static std::string_view to_string(State state);

    std::atomic<bool> waits_ = false;
    std::atomic<bool> uncommitted_ = false;
    bridge::TraceTap tap_;

    mutable std::mutex mutex_;  // of what follows
    State state_ = State::none;
    std::uint64_t count_ = 0;
    std::string id_, filter_, topic_;
    std::int64_t arrived_ms_ = 0;  // wall clock
    std::int64_t began_us_ = 0, until_us_ = 0;
    std::vector<Stage> stages_;
    std::vector<store::Reading> readings_;
    std::vector<Waiting> upstreams_;
    std::optional<store::IntakePosition> position_;
    std::size_t sighted_ = 0;
};

}  // namespace tidegate::gateway

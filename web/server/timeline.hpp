#pragma once

#include "web/server/buffer_state.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::store {
class Notebook;
}

namespace tidegate::web {

// What the last day was like: by minutes, how much arrived and how much was held; when which upstream was
// away, and why; and when the gateway itself did not run. Goes on over a restart with what it finds in the
// notebook, which outlives it. Bounded. Time is passed in. One thread.
class Timeline {
public:
    static constexpr std::size_t most_minutes = 24 * 60;
    static constexpr std::size_t most_outages = 200;
    static constexpr std::size_t most_stops = 200;
    static constexpr std::int64_t grace_ms = 5000;  // in which a start connects to its upstreams

    explicit Timeline(store::Notebook* notebook = nullptr);  // none: all is forgotten at the end

    // About once a second. Where the clock was set, minutes follow one another as they were lived.
    void add(std::int64_t now_ms, const GatewayFacts& facts, const BufferState& buffer);

    std::string json() const;  // docs/api.md

private:
    struct Minute {
        std::int64_t at_ms;  // its start
        double in = 0;       // messages a second, the sum over its samples
        int samples = 0;
        std::uint64_t held = 0;  // the most
        double level = 0;        // likewise
    };
    struct Outage {
        std::string upstream;
        std::int64_t from_ms;
        std::int64_t to_ms;  // 0: it lasts
        std::string why;
    };
    struct Stop {
        std::int64_t from_ms, to_ms;
    };
    struct Seen {                                 // of an upstream, by this run
        std::int64_t first_ms = 0, since_ms = 0;  // looked at; may be said to be away since then
        bool was_up = false;
    };
    void recall_minute(std::string_view key, std::string_view text);
    void recall_outage(std::string_view key, std::string_view text);
    void begin(std::int64_t now_ms, std::int64_t started_ms);
    void add_minute(std::int64_t now_ms, const GatewayFacts& facts, const BufferState& buffer);
    void follow(const UpstreamFacts& upstream, std::int64_t now_ms, bool owed);
    void add_outage(Outage outage);
    void forget_what_is_over(std::int64_t now_ms);
    void note(const Minute& minute) const;
    void note(const Outage& outage) const;
    void forget(const std::string& key) const;

    store::Notebook* notebook_;
    std::int64_t started_ms_ = 0;  // 0: nothing was added yet
    std::map<std::string, Seen> seen_;
    std::deque<Minute> minutes_;
    std::deque<Outage> outages_;  // the oldest first
    std::deque<Stop> stops_;      // likewise
};

}  // namespace tidegate::web

#pragma once

#include "gateway/decode/knowledge.hpp"
#include "gateway/rules/rule_set.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidegate::gateway {

// Lets so many messages of a topic through as its rule says, and knows no more of them than their topics:
// what a flood costs, it costs before it is decoded. Used by one thread.
class Sampler {
public:
    static constexpr std::size_t most_topics = 100'000;  // that are remembered

    // Whether the message goes on. By the time of its arrival, so that what waited in a ring is sampled as it
    // came; where the clock was set back, the next one goes on.
    bool takes(const RuleSet& rules, std::string_view topic, std::int64_t arrived_ms);

private:
    void make_room(std::int64_t now_ms);

    struct Last {
        std::int64_t taken_ms, interval_ms;
    };
    ByText<Last> topics_;
};

}  // namespace tidegate::gateway

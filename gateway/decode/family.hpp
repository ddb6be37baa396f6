#pragma once

#include "gateway/decode/decoded.hpp"
#include "gateway/decode/knowledge.hpp"
#include "gateway/decode/message.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace tidegate::gateway {

struct State;

// A family of devices, known by its topics. All functions are pure but for the state that they are given.
struct Family {
    std::string_view name;

    // Whether messages on this topic are the family's, by the topic alone.
    bool (*claims)(const Topic& topic);

    // What a message says. None: it is not the family's after all; the next in the chain looks at it.
    std::optional<Decoded> (*decode)(const Message& message,
                                     const Topic& topic,
                                     State& state,
                                     const DecodeLimits& limits);

    // Device, name and unit of a series, as topic and field alone give them away. `series` has topic and
    // field, and what any topic gives away.
    void (*describe)(const Topic& topic, Description& series);

    bool has_base = false;  // whether all its topics lie under a base topic that people may choose
};

// In the order in which they are asked.
std::span<const Family* const> families();
const Family* family_of(const Topic& topic);        // by its topic; none: nobody claims it
const Family* family_named(std::string_view name);  // none: there is no such family

}  // namespace tidegate::gateway

#pragma once

#include "gateway/decode/description.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tidegate::gateway {

// What a template of Home Assistant (Jinja) does with a payload, as far as it is one of the common kinds: it
// takes one value out of it and, at most, scales it. `{{ value_json.energy.total | float / 1000 }}` is the
// pointer
// "/energy/total" with the factor 0.001.
struct ValueTemplate {
    std::string pointer;  // empty: the whole payload
    Scaling scaling;
    bool exact = true;  // false: it takes this value, and does more with it than is understood here
};

// None: no value of the payload can be made out in it. Pure; bounded in time and depth, whatever the text.
std::optional<ValueTemplate> read_template(std::string_view text);

}  // namespace tidegate::gateway

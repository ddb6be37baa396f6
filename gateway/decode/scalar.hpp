#pragma once

#include "store/books.hpp"
#include "store/reading.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tidegate::gateway {

struct Scalar {
    store::Value value;
    std::optional<store::Reject> rejected;
    std::string why;
};

std::string_view trimmed(std::string_view text);

// A bare payload, trimmed and not empty: `true` and `false` are booleans; a number as JSON, or with a leading
// `+`, is an integer or a double; words that say that there is no value ("nan", "unavailable" …) are no
// reading; the rest is text. What only looks like a number ("007", "0x1f", "1,5") stays text.
Scalar read_scalar(std::string_view text);

// "2026-11-24T05:00:00" and the like: when something was, not what it was.
bool is_date_time(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace tidegate::gateway

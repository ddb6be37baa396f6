#pragma once

#include "store/books.hpp"
#include "store/reading.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tidegate::gateway {

struct Scalar {
    store::Value value;
    std::optional<store::Reject> rejected{};
    std::string why{};
    std::string unit{};  // of "640136 seconds", as it is shown: "s"
};

std::string_view trimmed(std::string_view text);

// A bare payload, trimmed and not empty: `true` and `false`, in any case, are booleans; a number as JSON, or
// with a leading `+`, is an integer or a double, and so is one that is followed by a unit or its name ("21.5
// °C", "640136 seconds"); words that say that there is no value ("nan", "unavailable" …) are no reading; the
// rest is text. What only looks like a number ("007", "0x1f", "1,5", "12A") stays text.
Scalar read_scalar(std::string_view text);

// A number as above, without a unit; none: it is not one.
std::optional<store::Value> read_number(std::string_view text);

// 12.1f as 12.1, not as 12.100000381469727: what the one who sent a float32 meant.
double widened(float value);

// "2026-11-24T05:00:00" and the like: when something was, not what it was.
bool is_date_time(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace tidegate::gateway

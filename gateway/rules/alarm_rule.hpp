#pragma once

#include "store/alarm_book.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tidegate::gateway {

// An [[alarm]], compiled.
struct AlarmRule {
    enum class Kind : std::uint8_t {
        above,   // the value is above `limit`, until it is at or below `clear`
        below,   // the other way round
        rate,    // it changes faster than `limit`, until it is at or below `clear`
        equals,  // it is `equals`
        stale,   // nothing was heard for `stale_ms`
    };
    std::string name;
    store::Severity severity = store::Severity::warning;
    Kind kind = Kind::above;
    double limit = 0, clear = 0;  // of rate: a millisecond
    int direction = 0;            // of rate: 1 rising, -1 falling, 0 either
    store::Value equals{};
    std::int64_t stale_ms = 0;  // 0: four of the learned intervals
    std::int64_t span_ms = 0;   // of rate
    std::int64_t hold_ms = 0, hold_off_ms = 0;
    std::string limit_text{};  // as it was written: "30", "2/min"
    std::string text{};        // with {device} and so on; empty: none

    bool operator==(const AlarmRule&) const = default;
};

std::string_view to_string(AlarmRule::Kind kind);

// What one value says of a rule; both false: it neither raises nor clears (hysteresis).
struct Judgement {
    bool bad = false, calm = false;
    bool operator==(const Judgement&) const = default;
};

// Of above, below and equals. none: the rule can say nothing of such a value (text, NaN). Pure.
std::optional<Judgement> judge(const AlarmRule& rule, const store::Value& value);

// Of above and below; of rate how fast it changes.
std::optional<Judgement> judge_number(const AlarmRule& rule, double number);

}  // namespace tidegate::gateway

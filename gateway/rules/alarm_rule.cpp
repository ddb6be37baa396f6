#include "gateway/rules/alarm_rule.hpp"

#include <array>
#include <cmath>
#include <variant>

namespace tidegate::gateway {

namespace {

// A number equals a number whatever its type is; all else only its like.
bool is_equal(const store::Value& wanted, const store::Value& value)
{
    const bool texts =
        std::holds_alternative<std::string>(wanted) || std::holds_alternative<std::string>(value);
    if (texts || std::holds_alternative<bool>(wanted) != std::holds_alternative<bool>(value))
        return wanted == value;
    if (wanted.index() == value.index()) return wanted == value;
    return store::as_number(wanted) == store::as_number(value);
}

}  // namespace

std::string_view to_string(AlarmRule::Kind kind)
{
    constexpr std::array<std::string_view, 5> names{"above", "below", "rate", "equals", "stale"};
    return names[static_cast<std::size_t>(kind)];
}

std::optional<Judgement> judge_number(const AlarmRule& rule, double number)
{
    if (std::isnan(number)) return std::nullopt;
    switch (rule.kind) {
    case AlarmRule::Kind::above: return Judgement{number > rule.limit, number <= rule.clear};
    case AlarmRule::Kind::below: return Judgement{number < rule.limit, number >= rule.clear};
    case AlarmRule::Kind::rate: {
        const auto speed = rule.direction == 0 ? std::abs(number) : number * rule.direction;
        return Judgement{speed > rule.limit, speed <= rule.clear};
    }
    default: return std::nullopt;
    }
}

std::optional<Judgement> judge(const AlarmRule& rule, const store::Value& value)
{
    if (rule.kind != AlarmRule::Kind::equals) return judge_number(rule, store::as_number(value));
    const auto* number = std::get_if<double>(&value);
    if (number != nullptr && std::isnan(*number)) return std::nullopt;
    const bool equal = is_equal(rule.equals, value);
    return Judgement{equal, !equal};
}

}  // namespace tidegate::gateway

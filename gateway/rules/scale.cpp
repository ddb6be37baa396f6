#include "gateway/rules/scale.hpp"

#include <cmath>
#include <limits>
#include <optional>

namespace tidegate::gateway {

namespace {

std::optional<std::int64_t> whole(double number)
{
    constexpr double most = 9.0e15;  // below 2^53: exact
    if (std::nearbyint(number) != number || std::abs(number) > most) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

// Exact, beyond 2^53 as well; none: something in it is not whole, or too large.
std::optional<std::int64_t> scaled_whole(const Scaling& scaling, std::int64_t value)
{
    const auto factor = whole(scaling.factor);
    const auto offset = whole(scaling.offset);
    std::int64_t result = 0;
    if (!factor || !offset || __builtin_mul_overflow(value, *factor, &result) ||
        __builtin_add_overflow(result, *offset, &result))
        return std::nullopt;
    return result;
}

}  // namespace

void scale(const Scaling& scaling, store::Value& value)
{
    if (scaling.identity()) return;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        if (const auto exact = scaled_whole(scaling, *integer)) {
            value = *exact;
            return;
        }
    } else if (!std::holds_alternative<double>(value)) {
        return;
    }
    const double scaled = scaling.factor * store::as_number(value) + scaling.offset;
    if (std::isfinite(scaled)) value = scaled;
}

}  // namespace tidegate::gateway

#include "gateway/decode/device_time.hpp"

#include "base/time_text.hpp"

#include <chrono>
#include <cmath>

namespace tidegate::gateway {

namespace {

constexpr std::int64_t most_ahead_ms = std::chrono::milliseconds(std::chrono::minutes(5)).count();
constexpr std::int64_t most_behind_ms = std::chrono::milliseconds(std::chrono::days(30)).count();

bool has_zone(std::string_view text)
{
    constexpr std::size_t seconds_end = 19;  // "2026-11-24T05:00:00"
    if (text.size() <= seconds_end) return false;
    return text.find_first_of("Zz+-", seconds_end) != std::string_view::npos;
}

std::int64_t from_number(const store::Value& value, double factor)
{
    const double time_ms = store::as_number(value) * factor;
    if (!std::isfinite(time_ms) || time_ms <= 0 || time_ms > static_cast<double>(latest_ms)) return 0;
    return std::llround(time_ms);
}

}  // namespace

std::int64_t zoned_time(std::string_view text)
{
    if (!has_zone(text)) return 0;
    // Nanoseconds and the like are cut to what parse_time() reads.
    std::string shorter(text);
    const auto point = shorter.find('.');
    if (point != std::string::npos) {
        const auto end = std::min(shorter.find_first_not_of("0123456789", point + 1), shorter.size());
        if (end - point > 4) shorter.erase(point + 4, end - point - 4);
    }
    return parse_time(shorter, 0).value_or(0);
}

std::int64_t time_at(const Decoded& decoded, std::string_view pointer)
{
    for (const auto& [place, text] : decoded.times)
        if (place == pointer) return zoned_time(text);
    return 0;
}

std::int64_t time_from_seconds(const store::Value& value)
{
    return from_number(value, 1000);
}

std::int64_t time_from_milliseconds(const store::Value& value)
{
    return from_number(value, 1);
}

std::optional<std::int64_t> believable(std::int64_t device_ms, std::int64_t arrived_ms)
{
    if (device_ms == 0 || device_ms > arrived_ms + most_ahead_ms || device_ms < arrived_ms - most_behind_ms)
        return std::nullopt;
    return device_ms;
}

}  // namespace tidegate::gateway

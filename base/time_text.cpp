#include "base/time_text.hpp"

#include "base/units.hpp"

#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <iterator>

namespace tidegate {

namespace {

constexpr std::int64_t minute_ms = 60'000;

// Takes digits off the front: exactly `count`.
std::optional<int> take_number(std::string_view& text, std::size_t count)
{
    if (text.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, std::string_view any_of)
{
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> take_date(std::string_view& text)
{
    const auto year = take_number(text, 4);
    if (!year || !take(text, "-")) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take(text, "-")) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count() * 24 * 60 * minute_ms;
}

// hh:mm, in milliseconds.
std::optional<std::int64_t> take_hours(std::string_view& text, bool colon_needed)
{
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23) return std::nullopt;
    if (!take(text, ":") && colon_needed) return std::nullopt;
    const auto minutes = take_number(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    return (*hours * 60 + *minutes) * minute_ms;
}

// :ss, and a fraction of which three digits count.
std::optional<std::int64_t> take_seconds(std::string_view& text)
{
    if (!take(text, ":")) return 0;
    const auto seconds = take_number(text, 2);
    if (!seconds || *seconds > 59) return std::nullopt;
    std::int64_t ms = *seconds * 1000;
    if (!take(text, ".,")) return ms;
    std::size_t digits = 0;
    for (std::int64_t unit = 100; const auto digit = take_number(text, 1); unit /= 10, ++digits)
        ms += *digit * unit;
    if (digits == 0) return std::nullopt;
    return ms;
}

// What is to be taken off for UTC.
std::optional<std::int64_t> take_zone(std::string_view& text)
{
    if (text.empty() || take(text, "Zz")) return 0;
    const bool west = text.front() == '-';
    if (!take(text, "+-")) return std::nullopt;
    const auto offset = take_hours(text, false);
    if (!offset) return std::nullopt;
    return west ? -*offset : *offset;
}

std::optional<std::int64_t> parse_iso(std::string_view text)
{
    const auto date = take_date(text);
    if (!date || text.empty()) return date;
    if (!take(text, "Tt ")) return std::nullopt;
    const auto hours = take_hours(text, true);
    if (!hours) return std::nullopt;
    const auto seconds = take_seconds(text);
    if (!seconds) return std::nullopt;
    const auto offset = take_zone(text);
    if (!offset || !text.empty()) return std::nullopt;
    return *date + *hours + *seconds - *offset;
}

std::optional<std::int64_t> parse_any(std::string_view text, std::int64_t now_ms)
{
    if (text == "now") return now_ms;
    if (text.starts_with('-')) {
        const auto ago = parse_duration(text.substr(1));
        if (!ago) return std::nullopt;
        return now_ms - ago->count();
    }
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed == std::errc() && end == text.data() + text.size()) return number;
    return parse_iso(text);
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now_ms)
{
    const auto time = parse_any(text, now_ms);
    if (!time || *time < 0 || *time > latest_ms) return std::nullopt;
    return time;
}

void append_time(std::string& out, std::int64_t time_ms)
{
    using namespace std::chrono;
    const sys_time<milliseconds> time{milliseconds(time_ms)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                   clock.seconds().count(), clock.subseconds().count());
}

std::string format_time(std::int64_t time_ms)
{
    std::string text;
    append_time(text, time_ms);
    return text;
}

}  // namespace tidegate

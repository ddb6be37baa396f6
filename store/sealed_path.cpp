#include "store/sealed_path.hpp"

#include "store/rollup.hpp"

#include <charconv>
#include <fmt/format.h>

namespace tidegate::store {

namespace {

std::chrono::year_month_day date_of(std::int64_t day)
{
    return std::chrono::sys_days(std::chrono::days(day));
}

std::string_view prefix_of(Tier tier)
{
    switch (tier) {
    case Tier::readings: return "day-";
    case Tier::minutes: return "min-";
    case Tier::hours: return "hour-";
    }
    return {};
}

std::int64_t months_since_epoch(const std::chrono::year_month_day& date)
{
    return (static_cast<int>(date.year()) - 1970) * 12LL + static_cast<unsigned>(date.month()) - 1;
}

// The period that the digits of a name say.
std::optional<std::int64_t> period_in(Tier tier, std::string_view digits)
{
    if (digits.size() != (tier == Tier::hours ? 6U : 8U)) return std::nullopt;
    unsigned number = 0;
    if (std::from_chars(digits.begin(), digits.end(), number).ptr != digits.end()) return std::nullopt;
    if (tier == Tier::hours) number = number * 100 + 1;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(number / 10000)),
                                           std::chrono::month(number / 100 % 100),
                                           std::chrono::day(number % 100)};
    if (!date.ok()) return std::nullopt;
    return period_of(tier, std::chrono::sys_days(date).time_since_epoch().count());
}

}  // namespace

std::string_view to_string(Tier tier)
{
    switch (tier) {
    case Tier::readings: return "readings";
    case Tier::minutes: return "minutes";
    case Tier::hours: return "hours";
    }
    return "unknown";
}

std::int64_t day_of(std::int64_t time_ms)
{
    return time_ms >= 0 ? time_ms / day_ms : (time_ms + 1) / day_ms - 1;
}

std::int64_t month_of(std::int64_t day)
{
    return months_since_epoch(date_of(day));
}

std::int64_t first_day_of(std::int64_t month)
{
    const auto years = month >= 0 ? month / 12 : (month + 1) / 12 - 1;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(1970 + years)),
                                           std::chrono::month(static_cast<unsigned>(month - years * 12 + 1)),
                                           std::chrono::day(1)};
    return std::chrono::sys_days(date).time_since_epoch().count();
}

std::int64_t period_of(Tier tier, std::int64_t day)
{
    return tier == Tier::hours ? month_of(day) : day;
}

std::int64_t start_ms(Tier tier, std::int64_t period)
{
    return (tier == Tier::hours ? first_day_of(period) : period) * day_ms;
}

std::int64_t width_ms(Tier tier)
{
    return tier == Tier::readings ? 0 : tier == Tier::minutes ? minute_ms : hour_ms;
}

std::filesystem::path sealed_path(const std::filesystem::path& directory, Tier tier, std::int64_t period)
{
    const auto date = date_of(start_ms(tier, period) / day_ms);
    auto name = fmt::format("{}{:04}{:02}", prefix_of(tier), static_cast<int>(date.year()),
                            static_cast<unsigned>(date.month()));
    if (tier != Tier::hours) name += fmt::format("{:02}", static_cast<unsigned>(date.day()));
    return directory / (name + ".db");
}

std::map<std::int64_t, std::filesystem::path> sealed_files(const std::filesystem::path& directory, Tier tier)
{
    std::map<std::int64_t, std::filesystem::path> files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
        const auto name = entry.path().filename().string();
        const std::string_view prefix = prefix_of(tier);
        if (!name.starts_with(prefix) || !name.ends_with(".db")) continue;
        const auto digits = std::string_view(name).substr(prefix.size(), name.size() - prefix.size() - 3);
        if (const auto period = period_in(tier, digits)) files.emplace(*period, entry.path());
    }
    return files;
}

}  // namespace tidegate::store

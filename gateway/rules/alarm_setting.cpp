#include "gateway/rules/alarm_setting.hpp"

#include "base/units.hpp"
#include "gateway/decode/value_text.hpp"
#include "gateway/rules/alarm_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidegate::gateway {

namespace {

constexpr std::chrono::milliseconds least_stale{1000}, most_stale = std::chrono::hours(24 * 365);

// Limit a millisecond, and what one of its unit is in milliseconds.
struct Rate {
    double number = 0;
    double unit_ms = 1;
    int direction = 0;
};

std::optional<double> unit_of(std::string_view name)
{
    constexpr std::array<std::pair<std::string_view, double>, 4> units{
        {{"s", 1e3}, {"min", 60e3}, {"h", 3600e3}, {"d", 86'400e3}}};
    for (const auto& [unit, ms] : units)
        if (unit == name) return ms;
    return std::nullopt;
}

std::optional<Rate> parse_rate(std::string_view text)
{
    Rate rate;
    if (text.starts_with('+') || text.starts_with('-')) {
        rate.direction = text.front() == '+' ? 1 : -1;
        text.remove_prefix(1);
    }
    const auto slash = text.find('/');
    if (slash == text.npos) return std::nullopt;
    const auto number = text.substr(0, slash);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rate.number);
    const auto unit = unit_of(text.substr(slash + 1));
    if (error != std::errc() || end != number.data() + number.size() || !unit) return std::nullopt;
    if (!std::isfinite(rate.number) || rate.number <= 0) return std::nullopt;
    rate.unit_ms = *unit;
    return rate;
}

std::vector<std::string_view> conditions_of(const AlarmSetting& setting)
{
    std::vector<std::string_view> said;
    if (setting.above) said.emplace_back("above");
    if (setting.below) said.emplace_back("below");
    if (setting.rate) said.emplace_back("rate");
    if (setting.equals) said.emplace_back("equals");
    if (setting.stale) said.emplace_back("stale");
    return said;
}

void check_clear(const AlarmSetting& setting, std::vector<AlarmProblem>& problems)
{
    if (!setting.clear) return;
    const auto clear = *setting.clear;
    if (setting.above && clear > *setting.above)
        problems.push_back({"clear", fmt::format("clear is {}, must not be above {}, where it is raised",
                                                 clear, *setting.above)});
    if (setting.below && clear < *setting.below)
        problems.push_back({"clear", fmt::format("clear is {}, must not be below {}, where it is raised",
                                                 clear, *setting.below)});
    if (const auto rate = setting.rate ? parse_rate(*setting.rate) : std::nullopt)
        if (clear > rate->number)
            problems.push_back({"clear", fmt::format("clear is {}, must not be above the {} of rate, "
                                                     "whose unit it has",
                                                     clear, rate->number)});
    if (setting.equals || setting.stale)
        problems.push_back({"clear", "clear is for above, below and rate: a state is, or it is not"});
}

void check_stale(const AlarmSetting& setting, std::vector<AlarmProblem>& problems)
{
    if (!setting.stale) return;
    const auto after = parse_duration(*setting.stale);
    if (*setting.stale != "auto" && (!after || *after < least_stale || *after > most_stale))
        problems.push_back(
            {"stale",
             fmt::format(R"(stale is "{}", must be "auto" or a duration from {} to {})", *setting.stale,
                         format_duration(least_stale), format_duration(most_stale))});
    if (setting.hold.count() > 0)
        problems.push_back({"hold", "hold adds nothing to stale: make stale longer"});
}

}  // namespace

std::vector<AlarmProblem> problems_of(const AlarmSetting& setting)
{
    std::vector<AlarmProblem> problems;
    const auto said = conditions_of(setting);
    if (said.empty())
        problems.push_back({"", "alarm needs a condition: one of above, below, rate, equals, stale"});
    if (said.size() > 1)
        problems.push_back({std::string(said[1]),
                            fmt::format("alarm has more than one condition ({}): write an alarm for each",
                                        fmt::join(said, ", "))});
    if (setting.rate && !parse_rate(*setting.rate))
        problems.push_back({"rate", fmt::format(R"(rate is "{}", must be like "2/min", "+2/min" (rising) or )"
                                                R"("-0.5/s" (falling), by s, min, h or d)",
                                                *setting.rate)});
    check_clear(setting, problems);
    check_stale(setting, problems);
    if (const auto unknown = unknown_placeholder(setting.text); !unknown.empty())
        problems.push_back({"text", fmt::format("text has {}, known are {}", unknown, alarm_placeholders())});
    return problems;
}

AlarmRule compiled(const AlarmSetting& setting)
{
    AlarmRule rule;
    rule.name = setting.name;
    rule.severity = setting.severity == "critical" ? store::Severity::critical
                    : setting.severity == "info"   ? store::Severity::info
                                                   : store::Severity::warning;
    rule.text = setting.text;
    rule.span_ms = setting.span.count();
    rule.hold_ms = setting.hold.count();
    rule.hold_off_ms = setting.hold_off.count();
    if (setting.above || setting.below) {
        rule.kind = setting.above ? AlarmRule::Kind::above : AlarmRule::Kind::below;
        rule.limit = setting.above ? *setting.above : *setting.below;
        rule.clear = setting.clear.value_or(rule.limit);
        rule.limit_text = fmt::format("{}", rule.limit);
    } else if (setting.rate) {
        const auto rate = parse_rate(*setting.rate).value_or(Rate{});
        rule.kind = AlarmRule::Kind::rate;
        rule.direction = rate.direction;
        rule.limit = rate.number / rate.unit_ms;
        rule.clear = setting.clear.value_or(rate.number) / rate.unit_ms;
        rule.limit_text = *setting.rate;
    } else if (setting.equals) {
        rule.kind = AlarmRule::Kind::equals;
        rule.equals = *setting.equals;
        rule.limit_text = text_of(rule.equals);
    } else if (setting.stale) {
        rule.kind = AlarmRule::Kind::stale;
        rule.stale_ms = parse_duration(*setting.stale).value_or(std::chrono::milliseconds(0)).count();
        rule.limit_text = *setting.stale;
    }
    return rule;
}

}  // namespace tidegate::gateway

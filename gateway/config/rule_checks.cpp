#include "gateway/config/rule_checks.hpp"

#include "base/topic_filter.hpp"
#include "base/units.hpp"
#include "gateway/config/keys.hpp"
#include "gateway/config/read_names.hpp"
#include "gateway/decode/decoder.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

constexpr std::array matching{"topic", "device", "field", "class"};

bool does_nothing(const toml::table& table)
{
    return std::ranges::all_of(table, [](const auto& entry) {
        return std::ranges::find(matching, entry.first.str()) != matching.end();
    });
}

// What is done before a message is decoded knows its topic alone.
void check_early(const toml::table& table, const Rule& rule, std::vector<Wrong>& wrong)
{
    if (rule.device.empty() && rule.field.empty() && rule.device_class.empty()) return;
    for (const auto* key : {"sample", "decoder"})
        if (const auto* node = table.get(key))
            wrong.push_back(
                {node, fmt::format("{} goes by the topic alone: it comes before device, field and "
                                   "class are known; give it a rule of its own",
                                   key)});
}

void check_decoder(const toml::table& table, const Rule& rule, std::vector<Wrong>& wrong)
{
    if (!rule.decoder || Decoder::knows(*rule.decoder)) return;
    wrong.push_back({table.get("decoder"), fmt::format("there is no decoder \"{}\"{}", *rule.decoder,
                                                       suggestion(*rule.decoder, Decoder::names()))});
}

// A reading that may come an hour late would keep 3,600 windows of a second open.
void check_windows(const toml::table& table, const Rule& rule, std::vector<Wrong>& wrong)
{
    constexpr int most_open = 60;
    for (const auto width : rule.windows.value_or(std::vector<std::chrono::milliseconds>{})) {
        if (width % std::chrono::seconds(1) != std::chrono::milliseconds(0))
            wrong.push_back({table.get("windows"), "a window lasts whole seconds"});
        else if (rule.lateness && *rule.lateness > most_open * width)
            wrong.push_back({table.get("lateness"), fmt::format("lateness is more than {} windows of {}",
                                                                most_open, format_duration(width))});
    }
}

}  // namespace

std::vector<Wrong> check_match(const toml::table& table, const Match& match)
{
    if (valid_filter(match.topic)) return {};
    return {{table.get("topic"), fmt::format("\"{}\" is no topic filter", match.topic)}};
}

std::vector<Wrong> check_rule(const toml::table& table, const Rule& rule)
{
    auto wrong = check_match(table, rule);
    if (does_nothing(table))
        wrong.push_back({&table, "the rule says which series, and nothing of them; see docs/rules.md"});
    check_early(table, rule, wrong);
    check_decoder(table, rule, wrong);
    if (rule.rename && !rule.device.empty())
        wrong.push_back({table.get("rename"),
                         "rename goes by topic, field and class: the device is matched by its new name"});
    constexpr std::chrono::milliseconds least_rate{
        100};  // room for what a summary stores, a millisecond each
    if (rule.rate && rule.rate->count() > 0 && *rule.rate < least_rate)
        wrong.push_back({table.get("rate"), "rate is below 100ms, must be 0ms (no limit), or 100ms to 1d"});
    if (rule.factor == 0.0)
        wrong.push_back({table.get("factor"), "factor is 0, and would make all values equal"});
    if (rule.keep == false && rule.windows.value_or(std::vector<std::chrono::milliseconds>{}).empty())
        wrong.push_back({table.get("keep"),
                         "keep = false would leave nothing of the values: say windows = [\"1min\"], or the "
                         "like, in the same rule"});
    check_windows(table, rule, wrong);
    return wrong;
}

std::vector<Wrong> check_alarm(const toml::table& table, const AlarmSetting& alarm)
{
    auto wrong = check_match(table, alarm);
    if (!alarm.name.empty() && !good_name(alarm.name))
        wrong.push_back(
            {table.get("name"),
             fmt::format("name is \"{}\", must be 1 to 32 letters, digits, \"-\" and \"_\"", alarm.name)});
    for (auto& [key, what] : problems_of(alarm)) {
        const auto* node = table.get(key);
        wrong.push_back({node != nullptr ? node : &table, std::move(what)});
    }
    return wrong;
}

}  // namespace tidegate::gateway

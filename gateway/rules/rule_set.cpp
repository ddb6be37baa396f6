#include "gateway/rules/rule_set.hpp"

#include <limits>

namespace tidegate::gateway {

namespace {

// What the first rule says that speaks of it.
template <class Aspect, class To>
void take(const Aspect& said, bool& done, To& out)
{
    if (done || !said) return;
    out = *said;
    done = true;
}

std::optional<Scaling> scaling_of(const Rule& rule)
{
    if (!rule.factor && !rule.offset) return std::nullopt;
    return Scaling{rule.factor.value_or(1), rule.offset.value_or(0)};
}

Priority priority_of(const std::string& name)  // one that the configuration allows
{
    if (name == "critical") return Priority::critical;
    return name == "bulk" ? Priority::bulk : Priority::normal;
}

}  // namespace

RuleSet::RuleSet(std::vector<Rule> rules) : rules_(std::move(rules))
{
    for (std::uint32_t i = 0; i < rules_.size(); ++i) {
        const auto& rule = rules_[i];
        matcher_.add(rule);
        if (rule.sample) sampled_.add(rule.topic, i);
        if (!rule.rename) continue;
        renaming_.add(rule);
        renaming_rules_.push_back(i);
    }
}

const Settings& RuleSet::settings_of(const Subject& subject)
{
    auto named = subject;
    const auto renaming = renaming_.of(subject);
    const auto* device = renaming.empty() ? nullptr : &*rules_[renaming_rules_[renaming.front()]].rename;
    if (device != nullptr) named.device = *device;
    auto matching = matcher_.of(named);
    const auto known = settings_.find(matching);
    if (known != settings_.end()) return known->second;
    auto settings = merged(matching);
    return settings_.emplace(std::move(matching), std::move(settings)).first->second;
}

Settings RuleSet::merged(const std::vector<std::uint32_t>& matching) const
{
    Settings settings;
    std::optional<std::string> priority;
    std::vector<std::chrono::milliseconds> widths;
    std::vector<std::string> values{"count", "min", "mean", "max"};
    std::chrono::milliseconds lateness{10'000};
    struct {
        bool name, device, unit, scaling, rate, heartbeat, deadband, on_change, event, keep, priority,
            windows, values, lateness;
    } done{};
    for (const auto index : matching) {
        const auto& rule = rules_[index];
        take(rule.name, done.name, settings.name);
        take(rule.rename, done.device, settings.device);
        take(rule.unit, done.unit, settings.unit);
        take(scaling_of(rule), done.scaling, settings.scaling);
        take(rule.rate, done.rate, settings.rate);
        take(rule.heartbeat, done.heartbeat, settings.heartbeat);
        take(rule.deadband, done.deadband, settings.deadband);
        take(rule.on_change, done.on_change, settings.on_change);
        take(rule.event, done.event, settings.event);
        take(rule.keep, done.keep, settings.keep);
        take(rule.priority, done.priority, priority);
        take(rule.windows, done.windows, widths);
        take(rule.values, done.values, values);
        take(rule.lateness, done.lateness, lateness);
    }
    if (priority) settings.priority = priority_of(*priority);
    settings.windows = window_specs(widths, values, lateness);
    // A deadband of nothing says that an earlier rule wants none.
    if (settings.deadband && settings.deadband->amount == 0) settings.deadband.reset();
    settings.rules = matching;
    return settings;
}

const Settings& RuleSet::look_up(store::SeriesId id, const store::SeriesTable& table)
{
    auto series = table.get(id).value_or(store::Series{});
    if (series.of != 0 && series.of != id) series = table.get(series.of).value_or(series);
    const auto& settings = settings_of({series.topic, series.device, series.field, series.device_class});
    if (id >= by_id_.size()) by_id_.resize(id + std::size_t{1}, nullptr);
    return *(by_id_[id] = &settings);
}

void RuleSet::forget(store::SeriesId id)
{
    if (id < by_id_.size()) by_id_[id] = nullptr;
}

std::chrono::milliseconds RuleSet::sample_of(std::string_view topic) const
{
    constexpr auto none = std::numeric_limits<std::uint32_t>::max();
    const auto rule = sampled_.least(topic, none);
    return rule == none ? std::chrono::milliseconds(0) : *rules_[rule].sample;
}

bool RuleSet::rename(store::Series& series)
{
    const auto& said = settings_of({series.topic, series.device, series.field, series.device_class});
    if (said.name.empty() && said.device.empty() && said.unit.empty()) return false;
    if (!said.name.empty()) series.name = said.name;
    if (!said.device.empty()) series.device = said.device;
    if (!said.unit.empty()) series.unit = said.unit;
    return true;
}

}  // namespace tidegate::gateway

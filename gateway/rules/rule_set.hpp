#pragma once

#include "gateway/decode/description.hpp"
#include "gateway/rules/matcher.hpp"
#include "gateway/rules/rule.hpp"
#include "gateway/rules/window.hpp"
#include "store/reading.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::gateway {

// What all rules together say of one series: of each aspect, what the first rule says that matches and speaks
// of it.
struct Settings {
    std::string name, device, unit;  // empty: as it was found out
    Scaling scaling;
    std::chrono::milliseconds rate{0};       // 0: no limit
    std::chrono::milliseconds heartbeat{0};  // 0: none
    std::optional<Deadband> deadband;
    bool on_change = false;
    bool event = false;
    bool keep = true;
    Priority priority = Priority::normal;
    std::vector<WindowSpec> windows;
    std::vector<std::uint32_t> rules;  // which match: their places in the configuration, from 0
};

// The rules, compiled once: however many there are, a message costs the same. A series' settings are worked
// out when it is first asked for and kept by its id. One thread at a time, but for what is const.
class RuleSet {
public:
    explicit RuleSet(std::vector<Rule> rules = {});
    RuleSet(RuleSet&&) = default;
    RuleSet& operator=(RuleSet&&) = default;

    const std::vector<Rule>& rules() const { return rules_; }

    // Of a series by what is known of it. A device is known by the name that rules give it, if they do. What
    // is given stays as long as the rules.
    const Settings& settings_of(const Subject& subject);

    // The same, kept. A series that is made from another has the settings of that one.
    const Settings& settings_of(store::SeriesId id, const store::SeriesTable& table)
    {
        if (id < by_id_.size() && by_id_[id] != nullptr) return *by_id_[id];
        return look_up(id, table);
    }
    void forget(store::SeriesId id);      // what is known of it has changed
    void fetch(store::SeriesId id) const  // ahead of settings_of()
    {
        if (id < by_id_.size()) __builtin_prefetch(&by_id_[id]);
    }

    // Shortest time between two messages of a topic, which is known before they are decoded; 0: any.
    std::chrono::milliseconds sample_of(std::string_view topic) const;
    bool samples() const { return !sampled_.empty(); }

    // Gives a series the name, device and unit that rules have for it. False: they have none.
    bool rename(store::Series& series);

private:
    const Settings& look_up(store::SeriesId id, const store::SeriesTable& table);
    Settings merged(const std::vector<std::uint32_t>& matching) const;

    std::vector<Rule> rules_;
    Matcher renaming_;  // only those with a new name for the device; what matches is a place in the next
    std::vector<std::uint32_t> renaming_rules_;
    Matcher matcher_;
    TopicTrie sampled_;
    std::map<std::vector<std::uint32_t>, Settings> settings_;  // by the rules that match
    std::vector<const Settings*> by_id_;
};

}  // namespace tidegate::gateway

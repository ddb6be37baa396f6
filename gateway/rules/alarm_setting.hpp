#pragma once

#include "gateway/rules/alarm_rule.hpp"
#include "gateway/rules/rule.hpp"
#include "store/reading.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::gateway {

// An [[alarm]] as it is written.
struct AlarmSetting : Match {
    std::string name;
    std::optional<double> above, below;
    std::optional<std::string> rate;  // "2/min", "+2/min" rising, "-2/min" falling
    std::optional<store::Value> equals;
    std::optional<std::string> stale;  // a duration, or "auto"
    std::optional<double> clear;       // of rate: in its unit
    std::chrono::milliseconds span = std::chrono::minutes(5);
    std::chrono::milliseconds hold{0}, hold_off{0};
    std::string severity = "warning";
    std::string text;
};

struct AlarmProblem {
    std::string key;   // that is wrong; empty: the section as a whole
    std::string what;  // and what to do
};

// What is wrong with it, beside what a table of keys can see. Pure.
std::vector<AlarmProblem> problems_of(const AlarmSetting& setting);

// Of one without problems. Pure.
AlarmRule compiled(const AlarmSetting& setting);

}  // namespace tidegate::gateway

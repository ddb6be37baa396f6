#pragma once

#include "gateway/config/read_value.hpp"

#include <vector>

namespace tidegate::gateway {

// What is wrong with a rule beyond its single values: what cannot be, or would do nothing. `table` is where
// it was read from.
std::vector<Wrong> check_rule(const toml::table& table, const Rule& rule);

std::vector<Wrong> check_alarm(const toml::table& table, const AlarmSetting& alarm);

// Whether the match of a rule or an alarm has a topic filter that is one.
std::vector<Wrong> check_match(const toml::table& table, const Match& match);

}  // namespace tidegate::gateway

#pragma once

#include <string>
#include <string_view>
#include <vector>

// MQTT topic filters (MQTT 5, section 4.7): levels between '/', '+' for one level, '#' for the rest at the
// end. All of it is pure.
namespace tidegate {

bool valid_filter(std::string_view filter);

// `filter` must be valid. A wildcard at the first level does not match a topic that begins with '$'.
bool matches(std::string_view filter, std::string_view topic);

// Whether every topic that `narrow` matches is matched by `wide`, too. Shared subscriptions and the like
// ("$share/…") are covered only by themselves.
bool covers(std::string_view wide, std::string_view narrow);

// The filters without those that another one covers, in their order. With MQTT 5 a broker sends a message
// once for each filter that it matches, which would be stored as many times.
std::vector<std::string> without_covered(const std::vector<std::string>& filters);

}  // namespace tidegate

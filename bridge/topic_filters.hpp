#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::bridge {

// Whether every topic that `narrow` matches is matched by `wide`, too. Shared subscriptions and the like
// ("$share/…") are covered only by themselves. Pure.
bool covers(std::string_view wide, std::string_view narrow);

// The filters without those that another one covers, in their order. With MQTT 5 a broker sends a message
// once for each filter that it matches, which would be stored as many times. Pure.
std::vector<std::string> without_covered(const std::vector<std::string>& filters);

}  // namespace tidegate::bridge

#pragma once

#include <string_view>

namespace tidegate::web {

// MQTT topic filters (MQTT 5, section 4.7): levels between '/', '+' for one level, '#' for the rest at the
// end.

bool valid_filter(std::string_view filter);

// `filter` must be valid. A wildcard at the first level does not match a topic that begins with '$'.
bool matches(std::string_view filter, std::string_view topic);

}  // namespace tidegate::web

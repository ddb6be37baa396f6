#pragma once

#include "gateway/rules/rule.hpp"
#include "store/series_ages.hpp"

#include <vector>

namespace tidegate::gateway {

// How long rules have series kept (`history`), as the store asks for it. What the gateway makes of a series,
// windows say, is not meant: it is kept as long as history is.
store::SeriesAges history_ages(const std::vector<Rule>& rules);

}  // namespace tidegate::gateway

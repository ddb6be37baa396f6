#pragma once

#include "store/series_table.hpp"

#include <string_view>

namespace tidegate::gateway {

// What topic and field alone give away of a series: which device it belongs to, what people call it, and its
// unit where the family of the device is known by its topics or the name itself says it ("temperature_C").
// Pure.
store::Series describe(std::string_view topic, std::string_view field);

}  // namespace tidegate::gateway

#pragma once

#include "gateway/config/config.hpp"

#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the loader needs to know of names and topic filters.
namespace tidegate::gateway {

// "; did you mean port?", or all the names that there are.
std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& names);

// Letters, digits, "-" and "_", 32 at most: it becomes part of a file's name.
bool good_name(std::string_view name);

inline constexpr auto how_filters_are_written =
    R"(needs a list of topic filters, like ["plant/#", {filter = "noise/#", qos = 0}])";

// A text or a table as above; nothing: it is neither.
std::optional<FilterConfig> read_filter(const toml::node& node);

// A topic filter, or $share/GROUP/FILTER.
bool valid_subscription(std::string_view text);

}  // namespace tidegate::gateway

#pragma once

#include "base/error.hpp"
#include "store/reading.hpp"
#include "web/server/request.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace tidegate::web {

struct Bounds {
    std::int64_t low, high;
};

// The whole number that the query gives for `name`, or `otherwise`. Out of bounds or no number: invalid, and
// says so.
Result<std::int64_t> number_parameter(const Request& request,
                                      std::string_view name,
                                      std::int64_t otherwise,
                                      Bounds bounds);

// What stands for the * of the pattern of its route.
std::string_view part_of(std::string_view path, std::string_view before, std::string_view after = {});

// Whether the body says that it is JSON: no form of another site's can.
bool is_json(const Request& request);

// `series=ID,ID`: at least one, at most `most`.
Result<std::vector<store::SeriesId>> series_parameter(const Request& request, std::size_t most);

}  // namespace tidegate::web

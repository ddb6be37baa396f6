#include "web/server/parameters.hpp"

#include "web/server/text.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <optional>

namespace tidegate::web {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text)
{
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::string_view part_of(std::string_view path, std::string_view before, std::string_view after)
{
    return path.substr(before.size(), path.size() - before.size() - after.size());
}

bool is_json(const Request& request)
{
    const std::string_view type = request.content_type;  // with or without parameters behind it
    return equal_no_case(type.substr(0, type.find_first_of("; ")), "application/json");
}

Result<std::int64_t> number_parameter(const Request& request,
                                      std::string_view name,
                                      std::int64_t otherwise,
                                      Bounds bounds)
{
    const auto text = request.parameter(name);
    if (!text) return otherwise;
    const auto value = whole_number(*text);
    if (!value || *value < bounds.low || *value > bounds.high) {
        return Error{ErrorKind::invalid,
                     fmt::format("{} must be a whole number from {} to {}.", name, bounds.low, bounds.high)};
    }
    return *value;
}

Result<std::vector<store::SeriesId>> series_parameter(const Request& request, std::size_t most)
{
    std::string_view rest = request.parameter("series").value_or("");
    std::vector<store::SeriesId> ids;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        const auto id = whole_number(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!id || *id < 1 || *id > UINT32_MAX)
            return Error{ErrorKind::invalid, "series must be ids, as in series=3,12."};
        ids.push_back(static_cast<store::SeriesId>(*id));
    }
    if (ids.empty() || ids.size() > most) {
        return Error{ErrorKind::invalid, fmt::format("series must name 1 to {} series by id.", most)};
    }
    return ids;
}

}  // namespace tidegate::web

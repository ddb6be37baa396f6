#include "base/clock.hpp"
#include "base/time_text.hpp"
#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"
#include "web/server/visible.hpp"

#include <fmt/core.h>

namespace tidegate::web {
namespace {

constexpr std::size_t most_series = 64;
constexpr std::int64_t most_points = 10'000;
constexpr std::int64_t most_points_alone = 100'000;  // of one series
constexpr std::int64_t usual_points = 500;
constexpr std::int64_t hour_ms = 3'600'000;

template <class List, class Append>
void append_list(std::string& out, std::string_view name, const List& list, const Append& append)
{
    out += ",\"";
    out += name;
    out += "\":[";
    for (const auto& item : list) {
        append(out, item);
        out += ',';
    }
    if (!list.empty()) out.pop_back();
    out += ']';
}

void append_series(std::string& out, const store::SeriesHistory& series)
{
    out += R"({"id":)";
    json::append_unsigned(out, series.series);
    append_list(out, "t", series.t, json::append_integer);
    if (series.raw) {
        append_list(out, "v", series.v, json::append_value);
    } else {
        append_list(out, "min", series.min, json::append_number);
        append_list(out, "mean", series.mean, json::append_number);
        append_list(out, "max", series.max, json::append_number);
        append_list(out, "count", series.count, json::append_unsigned);
    }
    out += '}';
}

std::string history_json(const store::HistoryQuery& query, const store::History& history)
{
    std::string body = fmt::format(R"({{"resolution_ms":{},"from":{},"to":{},"series":[)",
                                   history.resolution_ms, query.from_ms, query.to_ms);
    for (const auto& series : history.series) {
        append_series(body, series);
        body += ',';
    }
    if (!history.series.empty()) body.pop_back();
    body += "]}";
    return body;
}

Result<store::HistoryQuery> read_query(const Api& api, const Request& request)
{
    auto ids = series_parameter(request, most_series);
    if (!ids) return ids.error();
    for (const auto id : *ids) {
        if (!visible_series(api, request, id))
            return Error{ErrorKind::not_found, fmt::format("There is no series {}.", id)};
    }
    const auto to = number_parameter(request, "to", wall_ms(), {0, latest_ms});
    if (!to) return to.error();
    const auto from =
        number_parameter(request, "from", std::max<std::int64_t>(0, *to - hour_ms), {0, latest_ms});
    if (!from) return from.error();
    if (*from >= *to) return Error{ErrorKind::invalid, "from must be before to (milliseconds since 1970)."};
    const std::int64_t most = ids->size() == 1 ? most_points_alone : most_points;
    const auto points = number_parameter(request, "points", usual_points, {1, most});
    if (!points) return points.error();
    return store::HistoryQuery{std::move(*ids), *from, *to, static_cast<std::size_t>(*points)};
}

}  // namespace

Reply get_history(const Api& api, const Request& request, std::stop_token stop)
{
    const auto query = read_query(api, request);
    if (!query) return problem(query.error());
    const auto history = api.store.history(*query, stop);
    if (!history) return problem(history.error());
    return json_reply(history_json(*query, *history));
}

}  // namespace tidegate::web

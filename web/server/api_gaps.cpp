#include "base/time_text.hpp"
#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"
#include "web/server/visible.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <limits>

namespace tidegate::web {
namespace {

constexpr std::size_t most_series = 64;
constexpr std::int64_t most_gaps = 1000;
constexpr std::int64_t usual_gaps = 100;

std::size_t series_in(const store::Gap& gap)
{
    std::vector<store::SeriesId> ids;
    for (const auto& part : gap.parts)
        for (const auto& [id, count] : part.series) ids.push_back(id);
    std::sort(ids.begin(), ids.end());
    return static_cast<std::size_t>(std::unique(ids.begin(), ids.end()) - ids.begin());
}

// `asked`: the series of the query, to be told of one by one.
void append_gap(std::string& out, const store::Gap& gap, const std::vector<store::SeriesId>& asked)
{
    out +=
        fmt::format(R"({{"id":{},"at":{},"of":"{}","resolution_ms":)", gap.id, gap.at_ms, to_string(gap.of));
    out += gap.resolution_ms > 0 ? std::to_string(gap.resolution_ms) : "null";
    json::append_field(out, "reason", gap.reason);
    json::append_field(out, "upstream", gap.upstream);
    if (gap.to_ms > 0)
        out += fmt::format(R"(,"from":{},"to":{})", gap.from_ms, gap.to_ms);
    else
        out += R"(,"from":null,"to":null)";
    out += fmt::format(R"(,"count":{},"series_count":{})", gap.count, series_in(gap));
    if (!asked.empty()) {
        out += R"(,"series":[)";
        for (const auto id : asked)
            if (const auto count = store::count_of(gap, id); count > 0)
                out += fmt::format(R"({}{{"id":{},"count":{}}})", out.back() == '[' ? "" : ",", id, count);
        out += ']';
    }
    out += '}';
}

Result<store::GapQuery> read_query(const Request& request)
{
    store::GapQuery query;
    if (request.parameter("series")) {
        auto ids = series_parameter(request, most_series);
        if (!ids) return ids.error();
        query.series = std::move(*ids);
    }
    const auto from = number_parameter(request, "from", 0, {0, latest_ms});
    if (!from) return from.error();
    const auto to = number_parameter(request, "to", latest_ms, {0, latest_ms});
    if (!to) return to.error();
    if (*from > *to) return Error{ErrorKind::invalid, "from must not be after to (milliseconds since 1970)."};
    const auto after = number_parameter(request, "after", 0, {0, std::numeric_limits<std::int64_t>::max()});
    if (!after) return after.error();
    const auto limit = number_parameter(request, "limit", usual_gaps, {1, most_gaps});
    if (!limit) return limit.error();
    query.from_ms = *from;
    query.to_ms = *to;
    query.before = static_cast<std::uint64_t>(*after);
    query.limit = static_cast<std::size_t>(*limit);
    return query;
}

Result<std::vector<store::Gap>> gaps_for(const Api& api, const Request& request, store::GapQuery& query)
{
    if (sees_all(request)) return api.store.gaps(query);
    const bool asked = !query.series.empty();
    std::erase_if(query.series, [&](store::SeriesId id) { return !visible_series(api, request, id); });
    if (asked && query.series.empty()) return std::vector<store::Gap>();
    const auto fetch = [&](std::uint64_t before, std::size_t limit) {
        auto one = query;
        one.before = before;
        one.limit = limit;
        return api.store.gaps(one);
    };
    const auto keep = [&](store::Gap& gap) { return limit_to_visible(api, request, gap); };
    return pages_of_visible(query.before, query.limit, fetch, keep, &store::Gap::id);
}

}  // namespace

Reply get_gaps(const Api& api, const Request& request, std::stop_token)
{
    auto query = read_query(request);
    if (!query) return problem(query.error());
    const auto limit = query->limit++;
    auto gaps = gaps_for(api, request, *query);
    if (!gaps) return problem(gaps.error());
    const bool more = gaps->size() > limit;
    if (more) gaps->pop_back();
    std::string body = R"({"gaps":[)";
    for (const auto& gap : *gaps) {
        append_gap(body, gap, query->series);
        body += ',';
    }
    if (!gaps->empty()) body.pop_back();
    body += R"(],"next":)";
    body += more ? std::to_string(gaps->back().id) : "null";
    body += '}';
    return json_reply(std::move(body));
}

}  // namespace tidegate::web

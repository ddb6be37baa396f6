#include "base/clock.hpp"
#include "base/time_text.hpp"
#include "base/topic_filter.hpp"
#include "web/server/api.hpp"
#include "web/server/export.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"
#include "web/server/visible.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace tidegate::web {
namespace {

constexpr std::size_t most_series = 1000;

Result<std::int64_t> time_parameter(const Request& request,
                                    std::string_view name,
                                    std::int64_t now_ms,
                                    std::int64_t otherwise)
{
    const auto text = request.parameter(name);
    if (!text) return otherwise;
    const auto time = parse_time(*text, now_ms);
    if (!time)
        return Error{
            ErrorKind::invalid,
            fmt::format("{} must be a time: milliseconds since 1970, 2026-11-24T15:00:00Z, 2026-11-24, "
                        "now, or -24h.",
                        name)};
    return *time;
}

// Ids, or a filter, or neither: then every series.
Result<std::function<bool(const store::Series&)>> wanted_series(const Api& api, const Request& request)
{
    const std::string topic(request.parameter("topic").value_or(""));
    if (!topic.empty() && !valid_filter(topic))
        return Error{ErrorKind::invalid,
                     "topic must be an MQTT topic filter, as plant/+/temperature or plant/#."};
    if (!request.parameter("series")) {
        const auto matching = [topic, read = request.identity.read](const store::Series& series) {
            return read.allows(series.topic) && (topic.empty() || matches(topic, series.topic));
        };
        return std::function<bool(const store::Series&)>(matching);
    }
    if (!topic.empty()) return Error{ErrorKind::invalid, "Give series or topic, not both."};
    auto ids = series_parameter(request, most_series);
    if (!ids) return ids.error();
    for (const auto id : *ids)
        if (!visible_series(api, request, id))
            return Error{ErrorKind::not_found, fmt::format("There is no series {}.", id)};
    std::sort(ids->begin(), ids->end());
    const auto named = [sorted = std::move(*ids)](const store::Series& series) {
        return std::binary_search(sorted.begin(), sorted.end(), series.id);
    };
    return std::function<bool(const store::Series&)>(named);
}

Result<store::ArchiveQuery> read_query(const Api& api, const Request& request, std::int64_t now_ms)
{
    auto wanted = wanted_series(api, request);
    if (!wanted) return wanted.error();
    const auto from = time_parameter(request, "from", now_ms, 0);
    if (!from) return from.error();
    const auto to = time_parameter(request, "to", now_ms, now_ms);
    if (!to) return to.error();
    if (*from >= *to) return Error{ErrorKind::invalid, "from must be before to."};
    return store::ArchiveQuery{std::move(*wanted), *from, *to};
}

std::string file_name(std::int64_t now_ms, std::string_view format)
{
    auto time = format_time(now_ms).substr(0, std::string_view("2026-11-24T15:00:00").size()) + "Z";
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    return fmt::format("tidegate-export-{}.{}", time, format);
}

}  // namespace

Reply open_export(const Api& api, const Request& request, std::unique_ptr<Export>& opened)
{
    const auto now_ms = wall_ms();
    const auto name = request.parameter("format").value_or("csv");
    const auto format = export_format(name);
    if (!format) return problem(400, "format must be csv or ndjson.");
    const auto query = read_query(api, request, now_ms);
    if (!query) return problem(query.error());
    opened = std::make_unique<Export>(api.store.archive(*query), *format);
    Reply reply{200, std::string(content_type(*format)), {}, {}};
    reply.headers.emplace_back("Cache-Control", "no-store");
    reply.headers.emplace_back("Content-Disposition",
                               fmt::format("attachment; filename=\"{}\"", file_name(now_ms, name)));
    return reply;
}

}  // namespace tidegate::web

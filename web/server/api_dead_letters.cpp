#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"
#include "web/server/visible.hpp"

#include <algorithm>
#include <limits>

namespace tidegate::web {
namespace {

constexpr std::int64_t most_letters = 1000;
constexpr std::int64_t usual_letters = 100;

// The NAME of /api/v1/upstreams/NAME/dead, which the router has seen to be one.
std::string upstream_of(const Request& request)
{
    constexpr std::string_view before = "/api/v1/upstreams/", after = "/dead";
    return std::string(part_of(request.path, before, after));
}

void append_letter(std::string& out, const store::DeadLetter& letter, const store::SeriesTable& table)
{
    const auto& [seq, reading] = letter.record;
    const auto series = table.get(reading.series).value_or(store::Series{});
    out += R"({"id":)" + std::to_string(letter.id) + R"(,"at":)" + std::to_string(letter.at_ms);
    json::append_field(out, "why", letter.why);
    json::append_field(out, "epoch", hex_name(letter.epoch));
    out += R"(,"seq":)" + std::to_string(seq);
    json::append_field(out, "topic", series.topic);
    json::append_field(out, "field", series.field);
    out += R"(,"t":)" + std::to_string(reading.time_ms) + R"(,"v":)";
    json::append_value(out, reading.value);
    out += letter.again ? R"(,"again":true})" : R"(,"again":false})";
}

}  // namespace

Reply get_dead_letters(const Api& api, const Request& request, std::stop_token)
{
    const auto after = number_parameter(request, "after", 0, {0, std::numeric_limits<std::int64_t>::max()});
    if (!after) return problem(after.error());
    const auto limit = number_parameter(request, "limit", usual_letters, {1, most_letters});
    if (!limit) return problem(limit.error());
    std::vector<store::DeadLetter> letters;
    if (auto* book = api.facts.dead_letters) {
        const auto upstream = upstream_of(request);
        const auto before = static_cast<std::uint64_t>(*after);
        const auto wanted = static_cast<std::size_t>(*limit) + 1;
        const auto fetch = [&](std::uint64_t below, std::size_t most) {
            return book->list(upstream, below, most);
        };
        const auto keep = [&](const store::DeadLetter& one) {
            return visible_series(api, request, one.record.reading.series).has_value();
        };
        auto found = sees_all(request)
                         ? book->list(upstream, before, wanted)
                         : pages_of_visible(before, wanted, fetch, keep, &store::DeadLetter::id);
        if (!found) return problem(found.error());
        letters = std::move(*found);
    }
    const bool more = letters.size() > static_cast<std::size_t>(*limit);
    if (more) letters.pop_back();
    std::string body = R"({"dead":[)";
    for (const auto& letter : letters) {
        append_letter(body, letter, api.store.series());
        body += ',';
    }
    if (!letters.empty()) body.pop_back();
    body += R"(],"next":)";
    body += more ? std::to_string(letters.back().id) : "null";
    body += '}';
    return json_reply(std::move(body));
}

// All of the upstream's are sent again.
Reply post_dead_letters(const Api& api, const Request& request, std::stop_token)
{
    if (!sees_all(request)) return problem(403, concerns_all);
    std::uint64_t count = 0;
    if (auto* book = api.facts.dead_letters) {
        const auto marked = book->send_again(upstream_of(request));
        if (!marked) return problem(marked.error());
        count = *marked;
    }
    auto reply = json_reply(R"({"again":)" + std::to_string(count) + "}");
    reply.status = 202;
    return reply;
}

}  // namespace tidegate::web

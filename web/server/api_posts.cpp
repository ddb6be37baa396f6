#include "web/server/api_posts.hpp"

#include "base/utf8.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"
#include "web/server/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tidegate::web {
namespace {

using Outcome = PostResult::Outcome;

constexpr std::size_t longest_database = 200;
constexpr std::string_view retry_after_s = "2";

constexpr std::array<std::pair<std::string_view, std::int64_t>, 9> units{{{"ns", 1},
                                                                          {"n", 1},
                                                                          {"us", 1000},
                                                                          {"u", 1000},
                                                                          {"µ", 1000},
                                                                          {"ms", 1'000'000},
                                                                          {"s", 1'000'000'000},
                                                                          {"m", 60'000'000'000},
                                                                          {"h", 3'600'000'000'000}}};

std::string_view code_of(unsigned status)
{
    switch (status) {
    case 400:
    case 417:
    case 421:
    case 431: return "invalid";
    case 401: return "unauthorized";
    case 403: return "forbidden";
    case 405: return "method not allowed";
    case 413: return "request too large";
    case 415: return "unsupported media type";
    case 429: return "too many requests";
    case 503: return "unavailable";
    default: return "internal error";
    }
}

// As InfluxDB 1 and 2 say it: their clients show this text, and look for "partial write" in it.
Reply influx_error(std::string_view path, unsigned status, std::string_view what)
{
    std::string body;
    if (path == influx2_path) {
        body = R"({"code":)";
        json::append_string(body, code_of(status));
        body += R"(,"message":)";
    } else {
        body = R"({"error":)";
    }
    json::append_string(body, what);
    body += '}';
    Reply reply = json_reply(std::move(body));
    reply.status = status;
    if (path == influx1_path) {
        std::string one_line(what.substr(0, 500));
        std::ranges::replace_if(
            one_line, [](char c) { return c < ' ' || c > '~'; }, '?');
        reply.headers.emplace_back("X-Influxdb-Error", std::move(one_line));
    }
    return reply;
}

Reply refusal(std::string_view path, unsigned status, std::string_view what)
{
    Reply reply = path == readings_path ? problem(status, what) : influx_error(path, status, what);
    if (status == 503) reply.headers.emplace_back("Retry-After", retry_after_s);
    return reply;
}

// The level of the topic that names a database or bucket: it may have further ones, as in "telegraf/autogen".
bool fits_topic(std::string_view name)
{
    return !name.empty() && name.size() <= longest_database && name.find_first_of("+#") == name.npos &&
           shown(name) == name;
}

std::optional<Reply> read_lines(const Request& request, Post& post)
{
    const std::string_view name = request.path == influx2_path ? "bucket" : "db";
    const auto database = request.parameter(name);
    if (!database || !fits_topic(*database)) {
        const auto why = std::string(name) + " must be there: text without + and #, of 200 bytes at most";
        return refusal(request.path, 400, why);
    }
    const auto precision = request.parameter("precision").value_or("ns");
    const auto* unit = std::ranges::find(units, precision.empty() ? "ns" : precision,
                                         &std::pair<std::string_view, std::int64_t>::first);
    if (unit == units.end())
        return refusal(request.path, 400, "precision must be one of ns, us, ms, s, m, h");
    post.form = Post::Form::lines;
    post.topic = "influx/" + std::string(*database);
    post.unit_ns = unit->second;
    return std::nullopt;
}

}  // namespace

std::optional<Reply> read_post(Request& request, Post& post)
{
    if (request.path != readings_path) {
        if (auto refused = read_lines(request, post)) return refused;
    } else if (!is_json(request)) {
        return problem(415, "The body must be application/json.");
    }
    post.packed = equal_no_case(request.content_encoding, "gzip");
    post.body = std::move(request.body);
    post.write = request.identity.write;
    return std::nullopt;
}

std::string_view influx_path_of(std::string_view head)
{
    std::string_view target = head.substr(0, head.find('\r'));
    target.remove_prefix(std::min(target.find(' '), target.size() - 1) + 1);
    target = target.substr(0, target.find_first_of("? "));
    for (const auto path : {influx1_path, influx2_path})
        if (target == path) return path;
    return {};
}

Reply in_influx_words(std::string_view path, Reply reply)
{
    if (reply.content_type != "application/problem+json") return reply;
    const auto problem = nlohmann::json::parse(reply.body, nullptr, false);
    Reply instead = influx_error(path, reply.status, problem.value("detail", ""));
    for (auto& header : reply.headers)
        if (header.first != "Cache-Control") instead.headers.push_back(std::move(header));
    return instead;
}

Reply post_reply(std::string_view path, const PostResult& result)
{
    switch (result.outcome) {
    case Outcome::invalid:
    case Outcome::partly: return refusal(path, 400, result.why);
    case Outcome::denied: return refusal(path, 403, result.why);
    case Outcome::too_large: return refusal(path, 413, result.why);
    case Outcome::pressed:
    case Outcome::overdue: return refusal(path, 503, result.why);
    case Outcome::committed: break;
    }
    if (path != readings_path) return Reply{204, "", "", {}};
    std::string body = R"({"accepted":)";
    json::append_unsigned(body, result.taken);
    body += '}';
    Reply reply = json_reply(std::move(body));
    reply.status = 202;
    return reply;
}

}  // namespace tidegate::web

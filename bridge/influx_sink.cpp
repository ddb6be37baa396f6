#include "bridge/influx_sink.hpp"

#include "base/gzip.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fmt/format.h>
#include <iterator>
#include <numeric>
#include <utility>

namespace tidegate::bridge {

namespace {

constexpr int packing_level = 6;  // zlib's own middle
constexpr long no_content = 204;
constexpr std::string_view dropped = "dropped=";  // points, in an answer

std::string in_query(std::string_view text)
{
    std::string out;
    for (const auto c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~')
            out += c;
        else
            fmt::format_to(std::back_inserter(out), "%{:02X}", byte);
    }
    return out;
}

Result<std::string> write_url(const InfluxSinkOptions& options)
{
    if (options.database.empty() == options.bucket.empty() || options.bucket.empty() != options.org.empty())
        return Error{ErrorKind::invalid,
                     "an InfluxDB upstream needs database (InfluxDB 1), or org and bucket (InfluxDB 2)"};
    auto url = options.http.url;
    while (url.ends_with('/')) url.pop_back();
    if (!options.bucket.empty())
        return fmt::format("{}/api/v2/write?org={}&bucket={}&precision=ms", url, in_query(options.org),
                           in_query(options.bucket));
    url += fmt::format("/write?db={}&precision=ms", in_query(options.database));
    if (!options.retention_policy.empty()) url += "&rp=" + in_query(options.retention_policy);
    return url;
}

// Whether it wrote the points that it did not drop. InfluxDB 1 says so with 400, InfluxDB 2 with 422, or 500.
bool is_partial(const HttpAnswer& answer)
{
    return answer.status >= 400 && answer.body.find("partial write") != answer.body.npos &&
           answer.body.find(dropped) != answer.body.npos;
}

// How many points it dropped for their age alone; 0: none. "points beyond retention policy dropped=7",
// since 1.12 and 2.7.12 "dropped 7 points outside retention policy of duration 24h0m0s - oldest point …
// dropped=7 for …". Whatever else was wrong with a write, it would have said that instead.
std::size_t too_old(const HttpAnswer& answer)
{
    const std::string_view said = answer.body;
    if (!is_partial(answer) || (said.find("beyond retention policy") == said.npos &&
                                said.find("outside retention policy") == said.npos))
        return 0;
    std::size_t count = 0;
    const auto digits = said.substr(said.rfind(dropped) + dropped.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), count);
    return count;
}

}  // namespace

Result<InfluxSink::Writer> InfluxSink::writer(InfluxSinkOptions options)
{
    if (!fits_header(options.token))
        return Error{ErrorKind::invalid, "upstream token: it must be printable ASCII"};
    auto url = write_url(options);
    if (!url) return url.error();
    options.http.url = std::move(*url);
    auto post = HttpPost::make(std::move(options.http));
    if (!post) return post.error();
    Writer writer{std::move(*post), {"Content-Type: text/plain; charset=utf-8"}};
    if (!options.token.empty()) writer.headers.push_back("Authorization: Token " + options.token);
    return writer;
}

Result<std::unique_ptr<InfluxSink>> InfluxSink::make(InfluxSinkOptions options)
{
    auto rules = std::move(options.rules);
    const auto in_flight = options.in_flight;
    auto with = writer(std::move(options));
    if (!with) return with.error();
    with->headers.emplace_back("Content-Encoding: gzip");
    return std::make_unique<InfluxSink>(std::move(with->post), std::move(with->headers), std::move(rules),
                                        in_flight);
}

InfluxSink::InfluxSink(HttpPost post,
                       std::vector<std::string> headers,
                       LineRules rules,
                       std::size_t in_flight)
    : post_(std::move(post)),
      headers_(std::move(headers)),
      rules_(std::move(rules)),
      in_flight_(in_flight),
      dialect_{[this](const Delivery& part) { return request_of(part); },
               [this](const HttpAnswer& answer) { return taken(answer); }}
{
}

Result<> InfluxSink::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    settled_ = 0;
    refused_.clear();
    const auto before = post_.bytes();
    auto delivered = delivery.parts() > 1 ? deliver_parts(delivery, stop) : deliver_one(delivery, stop);
    bytes_ = post_.bytes() - before;
    return delivered;
}

// What InfluxDB drops is not looked for here: the batch comes once more by itself.
Result<> InfluxSink::deliver_parts(const Delivery& delivery, const std::stop_token& stop)
{
    HttpParts parts(post_, dialect_);
    auto delivered = parts.deliver(
        delivery, in_flight_, [this] { progressed(); }, stop);
    settled_ = parts.settled();
    retry_after_ = parts.retry_after();
    return delivered;
}

Result<> InfluxSink::deliver_one(const Delivery& delivery, const std::stop_token& stop)
{
    const auto came = write(delivery, stop);
    if (!came) return came.error();
    auto judged = taken(*came);
    if (judged || !is_partial(*came)) return judged;
    if (const auto count = too_old(*came);
        count > 0 && find_too_old(delivery, count, judged.error().what, stop))
        settled_ = delivery.records.size();
    return Error{ErrorKind::invalid, judged.error().what};
}

Result<> InfluxSink::taken(const HttpAnswer& answer) const
{
    auto judged = judge(answer, post_.url());
    if (!judged || answer.status == no_content) return judged;
    return Error{ErrorKind::unavailable,
                 fmt::format("{} answers {} where InfluxDB answers 204: it is not InfluxDB", post_.url(),
                             answer.status)};
}

Result<HttpRequest> InfluxSink::request_of(const Delivery& part) const
{
    const auto lines = line_protocol(part, rules_);
    if (!lines) return lines.error();
    return HttpRequest{gzipped(*lines, packing_level), headers_};
}

Result<HttpAnswer> InfluxSink::write(const Delivery& delivery, const std::stop_token& stop)
{
    retry_after_ = {};
    auto request = request_of(delivery);
    if (!request) return request.error();
    auto came = post_.post(std::move(*request), stop);
    if (came) retry_after_ = stay_away(*came);
    return came;
}

// Which points of a delivery are the `count` that InfluxDB dropped for their age: it has written all others.
// All, or else the oldest, which are written once more by themselves to see that it drops every one of them.
// False: it is not known.
bool InfluxSink::find_too_old(const Delivery& delivery,
                              std::size_t count,
                              const std::string& why,
                              const std::stop_token& stop)
{
    const auto& records = delivery.records;
    if (count > records.size()) return false;
    std::vector<std::size_t> oldest(records.size());
    std::iota(oldest.begin(), oldest.end(), std::size_t{0});
    if (count < records.size()) {
        std::ranges::stable_sort(oldest, {}, [&](std::size_t i) { return records[i].reading.time_ms; });
        oldest.resize(count);
        std::vector<store::Record> again;
        for (const auto i : oldest) again.push_back(records[i]);
        const Delivery alone{delivery.gateway, delivery.epoch, again, delivery.series};
        const auto came = write(alone, stop);
        if (!came || too_old(*came) != count) return false;
        std::ranges::sort(oldest);
    }
    for (const auto i : oldest) refused_.push_back({i, why});
    return true;
}

}  // namespace tidegate::bridge

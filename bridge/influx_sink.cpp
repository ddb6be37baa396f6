#include "bridge/influx_sink.hpp"

#include "base/gzip.hpp"

#include <cctype>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace tidegate::bridge {

namespace {

constexpr int packing_level = 6;  // zlib's own middle
constexpr long no_content = 204;

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

}  // namespace

Result<std::unique_ptr<InfluxSink>> InfluxSink::make(InfluxSinkOptions options)
{
    if (!fits_header(options.token))
        return Error{ErrorKind::invalid, "upstream token: it must be printable ASCII"};
    auto url = write_url(options);
    if (!url) return url.error();
    options.http.url = std::move(*url);
    auto post = HttpPost::make(std::move(options.http));
    if (!post) return post.error();
    std::vector<std::string> headers{"Content-Type: text/plain; charset=utf-8", "Content-Encoding: gzip"};
    if (!options.token.empty()) headers.push_back("Authorization: Token " + options.token);
    return std::make_unique<InfluxSink>(std::move(*post), std::move(headers), std::move(options.rules));
}

InfluxSink::InfluxSink(HttpPost post, std::vector<std::string> headers, LineRules rules)
    : post_(std::move(post)),
      headers_(std::move(headers)),
      rules_(std::move(rules))
{
}

Result<> InfluxSink::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    retry_after_ = {};
    const auto lines = line_protocol(delivery, rules_);
    if (!lines) return lines.error();
    const auto came = post_.post(gzipped(*lines, packing_level), headers_, stop);
    if (!came) return came.error();
    retry_after_ = stay_away(*came);
    auto judged = judge(*came, post_.url());
    if (judged && came->status != no_content)
        return Error{ErrorKind::unavailable,
                     fmt::format("{} answers {} where InfluxDB answers 204: it is not InfluxDB", post_.url(),
                                 came->status)};
    return judged;
}

}  // namespace tidegate::bridge

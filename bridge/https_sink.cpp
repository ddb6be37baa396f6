#include "bridge/https_sink.hpp"

#include "bridge/delivery_json.hpp"

#include <fmt/format.h>
#include <utility>

namespace tidegate::bridge {

Result<std::unique_ptr<HttpsSink>> HttpsSink::make(HttpsSinkOptions options)
{
    if (!fits_header(options.token))
        return Error{ErrorKind::invalid, "upstream token: it must be printable ASCII"};
    auto post = HttpPost::make(options.http);
    if (!post) return post.error();
    return std::make_unique<HttpsSink>(std::move(*post), std::move(options));
}

HttpsSink::HttpsSink(HttpPost post, HttpsSinkOptions options)
    : post_(std::move(post)),
      payload_(std::move(options.payload)),
      compression_(options.compression)
{
    headers_.push_back(fmt::format("Content-Type: {}", content_type_of(payload_.format)));
    if (const auto encoding = encoding_of(compression_); !encoding.empty())
        headers_.push_back(fmt::format("Content-Encoding: {}", encoding));
    if (!options.token.empty()) headers_.push_back("Authorization: Bearer " + options.token);
}

Result<> HttpsSink::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    retry_after_ = {};
    auto payload = payload_of(delivery, payload_);
    if (!payload) return payload.error();
    const auto body = compressed(std::move(*payload), compression_);
    if (!body) return body.error();
    auto headers = headers_;
    headers.push_back("Idempotency-Key: " + delivery_key(delivery));
    const auto came = post_.post(*body, headers, stop);
    if (!came) return came.error();
    retry_after_ = stay_away(*came);
    return judge(*came, post_.url());
}

}  // namespace tidegate::bridge

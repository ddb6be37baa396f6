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
      compression_(options.compression),
      in_flight_(options.in_flight),
      dialect_{[this](const Delivery& part) { return write(part); },
               [this](const HttpAnswer& answer) { return judge(answer, post_.url()); }}
{
    headers_.push_back(fmt::format("Content-Type: {}", content_type_of(payload_.format)));
    if (const auto encoding = encoding_of(compression_); !encoding.empty())
        headers_.push_back(fmt::format("Content-Encoding: {}", encoding));
    if (!options.token.empty()) headers_.push_back("Authorization: Bearer " + options.token);
}

Result<> HttpsSink::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    const auto before = post_.bytes();
    HttpParts parts(post_, dialect_);
    auto delivered = parts.deliver(
        delivery, in_flight_, [this] { progressed(); }, stop);
    settled_ = parts.settled();
    retry_after_ = parts.retry_after();
    bytes_ = post_.bytes() - before;
    return delivered;
}

Result<HttpRequest> HttpsSink::write(const Delivery& part) const
{
    auto payload = payload_of(part, payload_);
    if (!payload) return payload.error();
    auto body = compressed(std::move(*payload), compression_);
    if (!body) return body.error();
    HttpRequest request{std::move(*body), headers_};
    request.headers.push_back("Idempotency-Key: " + delivery_key(part));
    return request;
}

}  // namespace tidegate::bridge

#pragma once

#include "bridge/compression.hpp"
#include "bridge/http_parts.hpp"
#include "bridge/http_post.hpp"
#include "bridge/payload.hpp"
#include "bridge/sink.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::bridge {

struct HttpsSinkOptions {
    HttpPostOptions http;
    std::string token{};  // sent as "Authorization: Bearer TOKEN"; empty: none
    PayloadRules payload{};
    Compression compression = Compression::gzip;
    std::size_t in_flight = 8;  // requests at a time, at most
};

// POSTs each delivery, one of several parts by as many requests, and takes a 2xx for their acknowledgement
// (http_answer.hpp says what else).
class HttpsSink : public Sink {
public:
    // Does not connect yet. Errors: invalid (the URL, the token), internal.
    static Result<std::unique_ptr<HttpsSink>> make(HttpsSinkOptions options);

    Result<> deliver(const Delivery& delivery, const std::stop_token& stop) override;
    std::chrono::milliseconds retry_after() const override { return retry_after_; }
    Result<> can_say(const store::Reading& reading) const override { return fits(reading, payload_.format); }
    bool takes_gaps() const override { return has_gaps(payload_.format); }
    std::size_t most_under_way() const override { return in_flight_; }
    std::size_t settled() const override { return settled_; }
    std::uint64_t bytes() const override { return bytes_; }
    std::uint64_t reopened() const override { return post_.reopened(); }
    std::string kind() const override { return "https"; }
    std::string url() const override { return post_.url(); }

    HttpsSink(HttpPost post, HttpsSinkOptions options);  // for make() alone

private:
    Result<HttpRequest> write(const Delivery& part) const;

    HttpPost post_;
    std::vector<std::string> headers_;  // the same for all deliveries
    PayloadRules payload_;
    Compression compression_;
    std::size_t in_flight_;
    HttpDialect dialect_;
    std::size_t settled_ = 0;
    std::uint64_t bytes_ = 0;
    std::chrono::milliseconds retry_after_{0};
};

}  // namespace tidegate::bridge

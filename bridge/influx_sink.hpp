#pragma once

#include "bridge/http_parts.hpp"
#include "bridge/http_post.hpp"
#include "bridge/line_protocol.hpp"
#include "bridge/sink.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::bridge {

struct InfluxSinkOptions {
    HttpPostOptions http;  // the URL without path: "http://host:8086"; user and password for InfluxDB 1
    std::string database{}, retention_policy{};  // InfluxDB 1: /write; the policy may be empty
    std::string org{}, bucket{};                 // InfluxDB 2: /api/v2/write; both, and no database
    std::string token{};                         // of InfluxDB 2; empty: none
    LineRules rules{};
    std::size_t in_flight = 8;  // requests at a time, at most
};

// Writes each delivery as gzipped line protocol and takes 204 alone for its acknowledgement. Written again, a
// delivery changes nothing: a point is named by measurement, tags, field and time. So of two readings of a
// series in the same millisecond InfluxDB keeps the later. A delivery of several parts goes by as many
// requests.
class InfluxSink : public Sink {
public:
    // Does not connect yet. Errors: invalid (the URL, the token, not exactly one of a database and a bucket
    // with its org),
    // internal.
    static Result<std::unique_ptr<InfluxSink>> make(InfluxSinkOptions options);

    // What it writes with: a POST without a point delivers nothing, and is answered as any other. Errors:
    // those of make().
    struct Writer {
        HttpPost post;
        std::vector<std::string> headers;
    };
    static Result<Writer> writer(InfluxSinkOptions options);

    Result<> deliver(const Delivery& delivery, const std::stop_token& stop) override;
    std::size_t settled() const override { return settled_; }
    std::span<const Refusal> refused() const override { return refused_; }
    std::chrono::milliseconds retry_after() const override { return retry_after_; }
    Result<> can_say(const store::Reading& reading) const override { return fits_line(reading); }
    bool takes_gaps() const override { return false; }
    std::size_t most_under_way() const override { return in_flight_; }
    std::uint64_t bytes() const override { return bytes_; }
    std::uint64_t reopened() const override { return post_.reopened(); }
    std::string kind() const override { return "influxdb"; }
    std::string url() const override { return post_.url(); }

    InfluxSink(HttpPost post,
               std::vector<std::string> headers,
               LineRules rules,
               std::size_t in_flight);  // for make() alone

private:
    Result<> deliver_one(const Delivery& delivery, const std::stop_token& stop);
    Result<> deliver_parts(const Delivery& delivery, const std::stop_token& stop);
    Result<> taken(const HttpAnswer& answer) const;
    Result<HttpRequest> request_of(const Delivery& part) const;
    Result<HttpAnswer> write(const Delivery& delivery, const std::stop_token& stop);
    bool find_too_old(const Delivery& delivery,
                      std::size_t count,
                      const std::string& why,
                      const std::stop_token& stop);

    HttpPost post_;
    std::vector<std::string> headers_;
    LineRules rules_;
    std::size_t in_flight_;
    HttpDialect dialect_;
    std::uint64_t bytes_ = 0;
    std::size_t settled_ = 0;
    std::vector<Refusal> refused_;
    std::chrono::milliseconds retry_after_{0};
};

}  // namespace tidegate::bridge

#pragma once

#include "bridge/sink.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace tidegate::bridge {

struct HttpsSinkOptions {
    std::string url;        // https:// or http://
    std::string token{};    // sent as "Authorization: Bearer TOKEN"; empty: none
    std::string ca_file{};  // empty: the system's
    std::string proxy{};    // as curl(1) has it; empty: none, whatever the environment says
    std::chrono::milliseconds connected_within{10'000};
    std::chrono::milliseconds answered_within{30'000};
};

// POSTs each delivery as gzipped JSON and takes a 2xx for its acknowledgement (http_answer.hpp says what
// else). The connection is kept. Redirects are not followed.
class HttpsSink : public Sink {
public:
    // Does not connect yet. Errors: invalid (the URL, the token), internal.
    static Result<std::unique_ptr<HttpsSink>> make(HttpsSinkOptions options);
    ~HttpsSink() override;

    Result<> deliver(const Delivery& delivery, const std::stop_token& stop) override;
    std::chrono::milliseconds retry_after() const override;
    std::string kind() const override { return "https"; }
    std::string url() const override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;

public:
    explicit HttpsSink(std::unique_ptr<Impl> impl);  // for make() alone
};

}  // namespace tidegate::bridge

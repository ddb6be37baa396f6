#pragma once

#include "bridge/http_post.hpp"
#include "bridge/sink.hpp"

#include <chrono>
#include <cstddef>
#include <functional>

namespace tidegate::bridge {

// What is particular to one kind of HTTP upstream.
struct HttpDialect {
    std::function<Result<HttpRequest>(const Delivery& part)> write;  // errors: invalid
    std::function<Result<>(const HttpAnswer& answer)> judge;         // success: it has taken the part
};

// Delivers by several requests at a time, by series (stripes.hpp), and writes the next while the last are
// under way. Used by one thread.
class HttpParts {
public:
    // `dialect` outlives it.
    HttpParts(HttpPost& post, const HttpDialect& dialect) : post_(post), dialect_(dialect) {}

    // As Sink::deliver(); tells of each part that was taken. When one is not, no other is begun, and those
    // under way are waited for.
    Result<> deliver(const Delivery& delivery,
                     std::size_t most,
                     const std::function<void()>& progressed,
                     const std::stop_token& stop);

    std::size_t settled() const { return settled_; }
    std::chrono::milliseconds retry_after() const { return retry_after_; }  // the longest that was asked for

private:
    HttpPost& post_;
    const HttpDialect& dialect_;
    std::size_t settled_ = 0;
    std::chrono::milliseconds retry_after_{0};
};

}  // namespace tidegate::bridge

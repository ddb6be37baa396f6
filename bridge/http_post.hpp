#pragma once

#include "base/error.hpp"
#include "bridge/http_answer.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

namespace tidegate::bridge {

struct HttpPostOptions {
    std::string url;                             // https:// or http://
    std::string method = "POST";                 // OPTIONS, to ask whether the server is there
    std::string user{}, password{};              // sent by HTTP Basic; no user: not at all
    std::string ca_file{};                       // empty: the system's
    std::string certificate_file{}, key_file{};  // ours, for servers that ask for one; empty: none
    std::string proxy{};  // as curl(1) has it; empty: none, whatever the environment says
    std::chrono::milliseconds connected_within{10'000};
    std::chrono::milliseconds answered_within{30'000};
};

// POSTs to one URL over one connection that is kept, by HTTP/2 where the server speaks it over TLS.
// Certificates are verified, redirects are not followed, an answer is read up to 64 KiB. Used by one thread.
class HttpPost {
public:
    // Does not connect yet. Errors: invalid (the URL), internal.
    static Result<HttpPost> make(HttpPostOptions options);
    HttpPost(HttpPost&& other) noexcept;
    HttpPost& operator=(HttpPost&&) = delete;
    ~HttpPost();

    // The answer, whatever it says. `headers`: whole lines, "Name: value". Errors: unavailable (no answer, or
    // an endless one; a stop was asked for).
    Result<HttpAnswer> post(const std::string& body,
                            std::span<const std::string> headers,
                            const std::stop_token& stop);

    std::uint64_t bytes() const;     // of the last request, headers and body
    std::uint64_t reopened() const;  // connections that were closed because no answer came in time
    const std::string& url() const;  // without user, password and query

private:
    class Impl;
    explicit HttpPost(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// Whether a secret can be sent in a header as it is: printable ASCII without blanks.
bool fits_header(std::string_view secret);

}  // namespace tidegate::bridge

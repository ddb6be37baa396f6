#pragma once

#include "base/error.hpp"
#include "bridge/http_answer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

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

struct HttpRequest {
    std::string body{};
    std::vector<std::string> headers{};  // whole lines, "Name: value"
};

// POSTs to one URL, several requests at a time where it is asked to: by HTTP/2 over one connection where the
// server speaks it over TLS, else over as many connections, which are kept. After a request without an answer
// none of them is used again. Certificates are verified, redirects are not followed, an answer is read up to
// 64 KiB. Used by one thread.
class HttpPost {
public:
    // Does not connect yet. Errors: invalid (the URL), internal.
    static Result<HttpPost> make(HttpPostOptions options);
    HttpPost(HttpPost&& other) noexcept;
    HttpPost& operator=(HttpPost&&) = delete;
    ~HttpPost();

    // The answer, whatever it says. Errors: unavailable (no answer, or an endless one; a stop was asked for).
    Result<HttpAnswer> post(HttpRequest request, const std::stop_token& stop);

    // The same for several under way: each has a number of its own, which begins at 0 and has none under way.
    struct Ended {
        std::size_t number;
        Result<HttpAnswer> answer;
    };
    void begin(std::size_t number, HttpRequest request);
    std::optional<Ended> ended(std::chrono::milliseconds most);  // carries on with all; waits so long for one
    void abandon();                                              // those under way

    std::uint64_t bytes() const;     // of all requests that have ended, headers and bodies
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

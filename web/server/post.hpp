#pragma once

#include "web/accounts/identity.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

// What comes by HTTP to be kept, between the web server and the gateway.
namespace tidegate::web {

// Of a body that is gzip, unpacked. As it is sent: HeadLimits::post.
inline constexpr std::size_t largest_unpacked_post = 2UL * 1024 * 1024;

struct Post {
    enum class Form : std::uint8_t { readings, lines };  // JSON; InfluxDB line protocol
    Form form = Form::readings;
    std::string topic{};       // of lines: of all of them
    std::int64_t unit_ns = 1;  // of lines: so many nanoseconds their times count; 1, 1000, 10^6 …
    bool packed = false;       // the body is gzip
    std::string body{};
    Scope write = Scope::everything();  // topics that whoever posts may write to
};

struct PostResult {
    enum class Outcome : std::uint8_t {
        committed,  // all of it is
        partly,     // the good lines are
        invalid,    // nothing was taken
        too_large,  // likewise
        pressed,    // likewise: the gateway is under pressure, or there is no room. Come again
        overdue,    // it was taken, and could not be committed in time: it may be kept or not. Come again
        denied,     // nothing was taken: a topic is beyond what whoever posts may write to
    };
    Outcome outcome = Outcome::committed;
    std::size_t taken = 0;    // values
    std::size_t dropped = 0;  // lines
    std::string why{};        // for people; empty: committed
};

// Called once, on any thread.
using PostDone = std::function<void(PostResult)>;

}  // namespace tidegate::web

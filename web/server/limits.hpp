#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

// What a client may take of the web server; and what was refused because of it.
namespace tidegate::web {

struct HeadLimits {
    std::size_t head = 8 * 1024;  // bytes of request line and header fields
    std::size_t fields = 64;
    std::size_t target = 2 * 1024;
    std::size_t body = 64 * 1024;
    std::size_t post = 1024UL * 1024;  // body of what is to be kept, as it is sent
};

// Of the live view.
struct LiveLimits {
    std::size_t clients = 768;
    double message_rate = 20, message_burst = 40;  // messages of a client a second, and at once
    std::chrono::milliseconds hello_time = std::chrono::seconds(10);
    std::chrono::milliseconds slow_time = std::chrono::seconds(30);  // a client may read nothing for so long
};

struct Limits {
    HeadLimits request{};
    LiveLimits live{};
    std::size_t connections = 1024;     // in all
    std::size_t connections_each = 64;  // from one address
    std::size_t live_message = 16 * 1024;
    std::size_t requests_each = 1000;  // on one connection
    std::chrono::milliseconds head_time = std::chrono::seconds(10);
    std::chrono::milliseconds body_time = std::chrono::seconds(30);
    std::chrono::milliseconds idle_time = std::chrono::seconds(60);
    std::chrono::milliseconds write_time = std::chrono::seconds(60);
    // Requests a second, and how many at once after a rest; 0 a second: no bound.
    double address_rate = 200, identity_rate = 200;
    double address_burst = 2000, identity_burst = 2000;
    std::size_t queries = 32, logins = 8;  // that wait for their thread
    std::size_t exports = 2;               // at the same time
};

// Of so many connections there may be one more that is told that it is too much, 64 of them at most; further
// ones are closed without a word.
inline constexpr std::size_t turned_away_share = 16;

// Why something was refused or cut off; each is a metric's label.
enum class Turned {
    connections,       // there are too many
    connections_each,  // from this address
    requests_address,
    requests_identity,
    head,            // it is too large
    body,            // likewise
    malformed,       // the request, or its body
    slow,            // a deadline has passed: of the handshake, a head, a body, or to take an answer
    host,            // it was addressed to somebody else
    origin,          // it comes from somebody else's page
    plain,           // it should have come by TLS
    tls,             // its handshake failed
    live,            // clients of the live view: there are too many
    live_message,    // one of theirs is too large
    live_rate,       // they send too many
    live_malformed,  // or what is not understood
    live_hello,      // or none in time
    live_slow,       // or read nothing
    queries,         // too many wait
    logins,          // likewise
    exports,         // too many are under way
    posts,           // too much is being read at a time
    requests_each,   // no refusal: a connection has had its share, and is to come again
    idle,            // likewise: nothing was asked on it for long
};
inline constexpr std::array<std::string_view, 24> turned_names{"connections",
                                                               "connections_each",
                                                               "requests_address",
                                                               "requests_identity",
                                                               "head",
                                                               "body",
                                                               "malformed",
                                                               "slow",
                                                               "host",
                                                               "origin",
                                                               "plain",
                                                               "tls",
                                                               "live",
                                                               "live_message",
                                                               "live_rate",
                                                               "live_malformed",
                                                               "live_hello",
                                                               "live_slow",
                                                               "queries",
                                                               "logins",
                                                               "exports",
                                                               "posts",
                                                               "requests_each",
                                                               "idle"};

// Web thread.
struct WebCounts {
    std::uint64_t accepted = 0, requests = 0;
    std::uint64_t paused = 0;  // times that accepting rested: there were no descriptors
    std::size_t open = 0;
    std::array<std::uint64_t, turned_names.size()> turned{};

    void count(Turned why) { ++turned[static_cast<std::size_t>(why)]; }
};

}  // namespace tidegate::web

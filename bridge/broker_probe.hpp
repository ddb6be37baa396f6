#pragma once

#include "base/error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tidegate::bridge {

// How to reach a broker, as a subscriber does; but with a client id of its own, so that nobody is disturbed.
struct BrokerProbeOptions {
    std::string url;
    std::string client_id;  // of no one else
    std::string user{}, password{}, ca_file{}, certificate_file{}, key_file{}, alpn{};
    int version = 5;
    std::string topic{};  // to try on: ours, and heard by nobody
};

struct BrokerFound {
    int mqtt = 0;                                     // version spoken: 4 or 5
    std::string version;                              // as $SYS says; empty: it does not
    bool anonymous = false;                           // it lets in who names no user
    bool may_subscribe = false, may_publish = false;  // on the topic
    int granted_qos = 0;
    bool keeps_session = false;
    std::uint64_t kept = 0, sent = 0;  // of so many messages for a client that is away, it kept so many
};

// Connects and looks: `messages` small ones are published, QoS 1, to a session that is away for that moment,
// to see how many are kept for it; 0: that is left out. Some seconds. Errors: unavailable, denied, invalid
// (the URL).
Result<BrokerFound> probe_broker(const BrokerProbeOptions& options, std::uint64_t messages);

// Whether it can be connected to. Errors: as above.
Result<> reach_broker(const BrokerProbeOptions& options);

}  // namespace tidegate::bridge

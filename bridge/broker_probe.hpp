#pragma once

#include "base/error.hpp"
#include "bridge/mqtt_endpoint.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tidegate::bridge {

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
// to see how many are kept for it; 0: that is left out. Its client id is of no one else, so that nobody is
// disturbed, and `topic` is ours, and heard by nobody. Some seconds. Errors: unavailable, denied, invalid
// (the URL).
Result<BrokerFound> probe_broker(const MqttEndpoint& broker,
                                 const std::string& topic,
                                 std::uint64_t messages);

// Whether it can be connected to. Errors: as above.
Result<> reach_broker(const MqttEndpoint& broker);

}  // namespace tidegate::bridge

#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::bridge {

// mqtt://HOST[:PORT] or mqtts://HOST[:PORT]; an IPv6 address stands in brackets.
struct MqttUrl {
    bool tls = false;
    std::string host;  // without brackets
    std::uint16_t port = 1883;

    std::string text() const;  // as users write it
    std::string paho() const;  // as Paho wants it
};

// Errors: invalid. A user, a password or a path in the URL is refused: they have options of their own.
Result<MqttUrl> parse_mqtt_url(std::string_view text);

}  // namespace tidegate::bridge

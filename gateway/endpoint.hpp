#pragma once

#include "base/error.hpp"
#include "bridge/mqtt_endpoint.hpp"
#include "gateway/config/config.hpp"
#include "gateway/config/secrets.hpp"

#include <chrono>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>

namespace tidegate::gateway {

// How a broker of the site, or an upstream by MQTT, is reached as configured. `password`: what its file says.

inline bridge::MqttEndpoint endpoint_of(const BrokerConfig& broker,
                                        std::string client_id,
                                        std::string password)
{
    return {.url = broker.url,
            .client_id = std::move(client_id),
            .user = broker.user,
            .password = std::move(password),
            .ca_file = broker.ca_file,
            .certificate_file = broker.certificate_file,
            .key_file = broker.key_file,
            .alpn = broker.alpn,
            .version = static_cast<int>(broker.version),
            .keep_alive = std::chrono::duration_cast<std::chrono::seconds>(broker.keep_alive)};
}

// For a purpose of its own, which names the client: "ID-PURPOSE". Errors: those of secret_of().
inline Result<bridge::MqttEndpoint> endpoint_of(const BrokerConfig& broker, std::string_view purpose)
{
    auto password = secret_of(broker.password_file);
    if (!password) return password.error();
    return endpoint_of(broker, fmt::format("{}-{}", broker.client_id, purpose), std::move(*password));
}

inline bridge::MqttEndpoint endpoint_of(const UpstreamConfig& upstream,
                                        std::string client_id,
                                        std::string password)
{
    return {.url = upstream.url,
            .client_id = std::move(client_id),
            .user = upstream.user,
            .password = std::move(password),
            .ca_file = upstream.ca_file,
            .certificate_file = upstream.certificate_file,
            .key_file = upstream.key_file,
            .alpn = upstream.alpn,
            .keep_alive = std::chrono::seconds(20)};  // links may be paid by the byte
}

}  // namespace tidegate::gateway

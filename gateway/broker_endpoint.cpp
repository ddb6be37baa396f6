#include "gateway/broker_endpoint.hpp"

#include "gateway/config/secrets.hpp"

#include <fmt/format.h>
#include <utility>

namespace tidegate::gateway {

Result<bridge::MqttEndpoint> endpoint_of(const BrokerConfig& broker, std::string_view purpose)
{
    auto password = secret_of(broker.password_file);
    if (!password) return password.error();
    return bridge::MqttEndpoint{.url = broker.url,
                                .client_id = fmt::format("{}-{}", broker.client_id, purpose),
                                .user = broker.user,
                                .password = std::move(*password),
                                .ca_file = broker.ca_file,
                                .certificate_file = broker.certificate_file,
                                .key_file = broker.key_file,
                                .alpn = broker.alpn,
                                .version = static_cast<int>(broker.version)};
}

}  // namespace tidegate::gateway

#include "gateway/broker_endpoint.hpp"

#include "gateway/config/secrets.hpp"
#include "gateway/endpoint.hpp"

#include <fmt/format.h>
#include <utility>

namespace tidegate::gateway {

Result<bridge::MqttEndpoint> endpoint_of(const BrokerConfig& broker, std::string_view purpose)
{
    auto password = secret_of(broker.password_file);
    if (!password) return password.error();
    return endpoint_of(broker, fmt::format("{}-{}", broker.client_id, purpose), std::move(*password));
}

}  // namespace tidegate::gateway

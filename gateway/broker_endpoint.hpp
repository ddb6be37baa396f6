#pragma once

#include "base/error.hpp"
#include "bridge/mqtt_endpoint.hpp"
#include "gateway/config/config.hpp"

#include <string_view>

namespace tidegate::gateway {

// How to reach a configured broker for a purpose of its own, which names the client: "ID-PURPOSE". Errors:
// those of secret_of().
Result<bridge::MqttEndpoint> endpoint_of(const BrokerConfig& broker, std::string_view purpose);

}  // namespace tidegate::gateway

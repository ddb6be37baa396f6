#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// OpenMQTTGateway and Theengs: PREFIX/GATEWAY/BTtoMQTT/ID and the like.
extern const Family open_mqtt_gateway;

}  // namespace tidegate::gateway

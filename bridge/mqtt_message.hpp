#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tidegate::bridge {

// What is to be published.
struct MqttMessage {
    std::string topic, payload;
    std::vector<std::pair<std::string, std::string>> properties{};  // user properties; of MQTT 5 alone
};

}  // namespace tidegate::bridge

#pragma once

#include <chrono>
#include <string>

namespace tidegate::bridge {

// How a broker is reached, for all that connect to one.
struct MqttEndpoint {
    std::string url = "mqtt://localhost:1883";  // mqtt:// or mqtts://
    std::string client_id = "tidegate";         // names a persistent session at the broker
    std::string user{}, password{};
    std::string ca_file{};                       // for mqtts; empty: the system's
    std::string certificate_file{}, key_file{};  // ours, for brokers that ask for one; empty: none
    std::string alpn{};                          // offered by TLS, like "mqtt"; empty: nothing
    int version = 5;  // 5, falling back to 3.1.1 when the broker refuses it; 4: 3.1.1 only
    std::chrono::seconds keep_alive{10};
};

}  // namespace tidegate::bridge

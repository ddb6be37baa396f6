#pragma once

#include <chrono>
#include <string>

namespace tidegate::bridge {

// How to reach a broker to publish there.
struct MqttEndpoint {
    std::string url;  // mqtt:// or mqtts://
    std::string client_id{};
    std::string user{}, password{};
    std::string ca_file{};                       // for mqtts; empty: the system's
    std::string certificate_file{}, key_file{};  // ours; empty: none
    std::string alpn{};
    int version = 5;  // 5, falling back to 3.1.1 when the broker refuses it; 4: 3.1.1 only
    std::chrono::seconds keep_alive{20};
    std::chrono::milliseconds acknowledged_within{10'000};
};

}  // namespace tidegate::bridge

#pragma once

#include "base/error.hpp"
#include "bridge/link_end.hpp"
#include "bridge/mqtt_endpoint.hpp"
#include "bridge/mqtt_url.hpp"

#include <mqtt/async_client.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace tidegate::bridge {

struct MqttClientOptions {
    MqttUrl url;  // of the endpoint
    MqttEndpoint endpoint{};
    bool persistent = false;
    std::chrono::seconds session_expiry{0};    // MQTT 5, persistent
    std::string will_topic{}, will_payload{};  // retained, QoS 1; no topic: no will
    bool spoke_5 =
        false;  // the broker took a connection of MQTT 5 before: it is not taken for one that cannot
};

// For a connection whose session ends with it. Errors: invalid (the URL, the version).
Result<MqttClientOptions> client_options(MqttEndpoint endpoint);

// As it arrived; the views are Paho's until the handler returns.
struct MqttArrival {
    std::string_view topic{}, payload{};
    std::uint16_t packet = 0;  // its id; 0: QoS 0
    bool retained = false;
    bool duplicate = false;  // the DUP flag
};

struct MqttConnected {
    bool session_present = false;
    int version = 0;  // 4 or 5
};

// Paho's asynchronous client with its traps fenced off: the one place that connects. Private to bridge/.
//
// One client object lives as long as this does, is connected by hand, and is destroyed once. Paho's threads,
// one lock for all clients of the process, and its callbacks under that lock are as docs/architecture.md
// says: a callback must not wait. connect() and disconnect() are for one thread of the owner.
class MqttClient : private mqtt::iaction_listener {
public:
    // Called on Paho's receive thread under its lock: never wait in them, never throw. `lost` says why.
    struct Handlers {
        std::function<void(const MqttArrival&)> message;
        std::function<void(mqtt::async_client&, bool session_present)> connected;
        std::function<void(const std::string&)> lost;
    };

    // Throws mqtt::exception when Paho refuses to make a client (out of memory).
    MqttClient(MqttClientOptions options, Handlers handlers);
    MqttClient(const MqttClient&) = delete;
    MqttClient& operator=(const MqttClient&) = delete;

    // Bounded: Paho gives up 3 to 6 s after it began. Errors: unavailable, denied. May be called again after
    // any error.
    Result<MqttConnected> connect(const std::stop_token& stop);

    // What the broker is to say for us when we are lost, from the next connect() on. Between connections.
    void set_will(std::string payload) { options_.will_payload = std::move(payload); }

    // Why the last connect() failed.
    LinkEnd end() const { return end_; }

    bool connected() const { return client_.is_connected(); }

    // Sends a DISCONNECT if there is a connection, and waits for that, a second at most. What Paho has not
    // written by then it keeps, and sends over the next connection before anything else.
    void disconnect() noexcept;

    mqtt::async_client& paho() { return client_; }
    const MqttUrl& url() const { return options_.url; }

private:
    void fill(mqtt::connect_options& options) const;
    void begin();
    Result<MqttConnected> finish(const std::stop_token& stop);
    static int arrived(void* self, char* topic, int length, MQTTAsync_message* message);
    Error explain(int code, const std::string& message);
    void on_success(const mqtt::token& token) override;  // of connect(), before the connected handler
    void on_failure(const mqtt::token&) override {}

    MqttClientOptions options_;
    std::function<void(const MqttArrival&)> told_;
    int version_;
    bool refused_version_ = false;  // by the broker, in the last attempt
    bool broke_off_ = false;        // likewise: the connection ended without an answer
    LinkEnd end_ = LinkEnd::unreachable;
    bool session_present_ = false;  // of Paho's receive thread
    mqtt::token_ptr attempt_;       // a connect that has not ended yet
    mqtt::async_client client_;
};

// Whether the name can be looked up. Paho looks names up under its lock, so that a name server that does not
// answer would hold up every other client of the process: ask first, on a thread that may wait.
Result<> resolve(const MqttUrl& url);

}  // namespace tidegate::bridge

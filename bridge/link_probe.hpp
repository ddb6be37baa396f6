#pragma once

#include <mqtt/async_client.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace tidegate::bridge {

// Asks the other side of a quiet connection for a sign of life: it unsubscribes from a topic that nobody ever
// subscribed to, which every broker answers and nothing else comes of. MQTT's own ping does the same, but
// Paho neither tells of its answer nor gives up sooner than two and a half times the keep-alive.
//
// `quiet` is how long nothing has been heard at all. It must be outlived by the client's callbacks.
class LinkProbe : private mqtt::iaction_listener {
public:
    explicit LinkProbe(std::string topic) : topic_(std::move(topic)) {}

    void begin();   // a new connection
    void answer();  // something was heard

    // Supervisor. Asks when nothing was heard for `keep_alive`. False: it was asked, and nothing was heard
    // for half of that since.
    bool alive(mqtt::async_client& client, std::chrono::milliseconds keep_alive);

private:
    void on_success(const mqtt::token& token) override;
    void on_failure(const mqtt::token& token) override;

    std::string topic_;
    std::atomic<std::int64_t> heard_ms_ = 0;  // boot clock
    std::int64_t asked_ms_ = 0;               // boot clock; 0: not since then
};

}  // namespace tidegate::bridge

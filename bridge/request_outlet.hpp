#pragma once

#include "base/error.hpp"
#include "bridge/mqtt_endpoint.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tidegate::bridge {

// What has devices say again what they know goes out here: a Sparkplug rebirth, a Victron keep-alive. QoS 0
// and never retained, as both ask for; few, and none that is old. A thread ("tg-ask-BROKER") and a connection
// of its own, which is made when there is something to ask and let go of when there is nothing: not the
// subscriber's, in whose session a request could go out once more, days later.
class RequestOutlet {
public:
    static constexpr std::size_t most_waiting = 100;
    static constexpr std::int64_t goes_stale_after_ms = 30'000;  // whoever asked asks again by then
    static constexpr std::int64_t one_every_ms = 100;

    struct Status {
        std::uint64_t sent = 0;     // since start
        std::uint64_t dropped = 0;  // too many, or too old when they could go
    };

    // Does not connect. Errors: invalid (the URL), internal.
    static Result<std::unique_ptr<RequestOutlet>> open(MqttEndpoint endpoint, std::string broker);
    ~RequestOutlet();  // stop()

    void start();
    void stop();  // within a second or two

    // Any thread, never waits. One that waits for the same topic is replaced.
    void ask(std::string topic, std::string payload);
    Status status() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;

public:
    explicit RequestOutlet(std::unique_ptr<Impl> impl);  // for open() alone
};

}  // namespace tidegate::bridge

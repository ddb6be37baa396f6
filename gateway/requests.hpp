#pragma once

#include "base/error.hpp"
#include "bridge/request_outlet.hpp"
#include "bridge/sparkplug_host.hpp"
#include "gateway/config/config.hpp"
#include "gateway/decode/state.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tidegate::gateway {

struct RequestFacts {
    std::string broker;
    bool asks = false;  // requests = true
    std::uint64_t sent = 0, dropped = 0;
    bool is_host = false, host_online = false;  // sparkplug_host is set; and said to be there
};

// What the gateway says to devices by itself, as configured: the requests that decoders make, and that a
// Sparkplug host is there. Commands of people are another matter (downlink.hpp). What is not changed goes on
// as it is: the nodes of a broker are not told that their host has gone because of another broker.
class Requests {
public:
    // `listening(NAME)`: whether what that broker publishes is taken in now; any thread, must not wait.
    explicit Requests(std::function<bool(const std::string&)> listening);

    // In this order, at the start and when the configuration changes; as of Downlink (downlink.hpp).
    std::vector<Error> prepare(const Config& config);
    void part();
    void apply();
    void discard();
    void stop();

    // The pipeline's thread; never waits. What is no request of a family that we know goes nowhere.
    void publish(const std::string& broker, const Request& request);

    std::vector<RequestFacts> facts() const;  // any thread

private:
    struct Broker {
        std::string name, fingerprint;
        bool fresh = false;                               // in what is prepared: not the one that there is
        std::unique_ptr<bridge::RequestOutlet> outlet{};  // none: we only listen
        std::unique_ptr<bridge::SparkplugHost> host{};    // none: we are none
    };
    Result<Broker> broker_of(const BrokerConfig& broker) const;
    bool is_there(const Broker& broker) const;
    bool stays(const Broker& broker) const;

    std::function<bool(const std::string&)> listening_;
    mutable std::mutex mutex_;     // of the next; held for a look
    std::vector<Broker> brokers_;  // as configured
    std::vector<Broker> wanted_;   // prepared; after apply() what has parted
};

}  // namespace tidegate::gateway

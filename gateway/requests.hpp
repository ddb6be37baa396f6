#pragma once

#include "base/error.hpp"
#include "bridge/request_outlet.hpp"
#include "bridge/sparkplug_host.hpp"
#include "gateway/config/config.hpp"
#include "gateway/decode/state.hpp"

#include <cstdint>
#include <functional>
#include <memory>
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
// Sparkplug host is there. Commands of people are another matter (downlink.hpp).
class Requests {
public:
    // `listening(NAME)`: whether what that broker publishes is taken in now; any thread, must not wait.
    // Errors: those of the parts.
    static Result<std::unique_ptr<Requests>> open(const Config& config,
                                                  const std::function<bool(const std::string&)>& listening);
    void start();
    void stop();

    // The pipeline's thread; never waits. What is no request of a family that we know goes nowhere.
    void publish(const std::string& broker, const Request& request);

    std::vector<RequestFacts> facts() const;  // any thread

private:
    struct Broker {
        std::string name;
        std::unique_ptr<bridge::RequestOutlet> outlet;  // none: we only listen
        std::unique_ptr<bridge::SparkplugHost> host;    // none: we are none
    };
    std::vector<Broker> brokers_;  // as configured
};

}  // namespace tidegate::gateway

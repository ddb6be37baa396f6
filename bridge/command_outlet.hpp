#pragma once

#include "base/error.hpp"
#include "bridge/command_desk.hpp"
#include "bridge/mqtt_endpoint.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tidegate::bridge {

struct CommandOutletStatus {
    bool up = true;             // its broker acknowledges, or nothing was to be sent yet
    std::int64_t since_ms = 0;  // wall clock of the last change of `up`; 0: never changed
    std::string why{};          // it is not up
};

// What goes out for the desk: the commands to one broker, or their results to one upstream. A thread and a
// connection of its own, so that one that is away holds up no other; it connects when there is something to
// send. Not the subscriber's connection: in a session that outlives it a command could go out once more, days
// later.
class CommandOutlet {
public:
    // Each command at most once: what went out and was not acknowledged is never sent again.
    // Errors: invalid (the URL), internal.
    static Result<std::unique_ptr<CommandOutlet>> to_broker(MqttEndpoint endpoint,
                                                            std::string broker,
                                                            CommandDesk& desk);

    // Each result until the upstream's broker has acknowledged it.
    struct Results {
        std::string upstream, topic, gateway;
    };
    static Result<std::unique_ptr<CommandOutlet>> to_upstream(MqttEndpoint endpoint,
                                                              Results results,
                                                              CommandDesk& desk);
    ~CommandOutlet();  // stop()

    void start();
    void stop();                         // within a second or two
    CommandOutletStatus status() const;  // any thread

private:
    class Impl;
    std::unique_ptr<Impl> impl_;

public:
    explicit CommandOutlet(std::unique_ptr<Impl> impl);  // for the two above alone
};

}  // namespace tidegate::bridge

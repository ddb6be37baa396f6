#pragma once

#include "base/error.hpp"
#include "bridge/mqtt_endpoint.hpp"

#include <functional>
#include <memory>
#include <string>

namespace tidegate::bridge {

// Says to the edge nodes of one broker that a Sparkplug host application is there, as Sparkplug 3.0 has it
// (sections 4 and 5, "Host Application"): spBv1.0/STATE/HOST, retained, QoS 1, {"online":…,"timestamp":…}; a
// will says the contrary when we are lost, and its time is that of the birth behind it. Nodes that wait for
// their primary host publish only while it says online, and keep what they have until then: so it is said
// only while somebody listens.
//
// A thread ("tg-host-BROKER") and a connection of its own: a connection has one will, and the subscriber's
// says our own status; a host's session ends with its connection, the subscriber's must not.
class SparkplugHost {
public:
    // `listening` says whether what nodes publish is taken in now; any thread, must not wait.
    // Errors: invalid (the URL; a host id that is no level of a topic), internal.
    static Result<std::unique_ptr<SparkplugHost>> open(MqttEndpoint endpoint,
                                                       std::string broker,
                                                       const std::string& host_id,
                                                       std::function<bool()> listening);
    ~SparkplugHost();  // stop()

    void start();
    void stop();  // says offline first; within two seconds

    bool online() const;  // any thread: whether the broker has acknowledged that we are

private:
    class Impl;
    std::unique_ptr<Impl> impl_;

public:
    explicit SparkplugHost(std::unique_ptr<Impl> impl);  // for open() alone
};

// The topic on which a host says so.
std::string sparkplug_state_topic(const std::string& host_id);

// Whether it can be a level of a topic. Empty is none.
bool good_sparkplug_id(const std::string& id);

}  // namespace tidegate::bridge

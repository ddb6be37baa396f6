#pragma once

#include "base/error.hpp"
#include "base/log_limit.hpp"
#include "bridge/command_desk.hpp"
#include "bridge/intake_ring.hpp"
#include "bridge/subscriber.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace tidegate::bridge {

// Commands from one upstream's topic, in a persistent session, so that those wait at its broker which come
// while we are away. A ring of its own lies between Paho and the desk, as before the pipeline: what is
// acknowledged is not lost by a kill, and what is then taken a second time has an id that is known.
class CommandInlet {
public:
    // Errors: those of the ring and of the subscriber.
    static Result<std::unique_ptr<CommandInlet>> open(SubscriberOptions options,
                                                      const std::filesystem::path& ring_file,
                                                      std::string upstream,
                                                      CommandDesk& desk);
    ~CommandInlet();  // stop()

    Result<> start();
    void stop();

    SubscriberStatus status() const { return subscriber_.status(); }

private:
    void run(const std::stop_token& stop);
    bool take(const Message& message, const std::stop_token& stop);  // false: it stays for the next start

    std::string upstream_;
    CommandDesk& desk_;
    std::unique_ptr<IntakeRing> ring_;
    Subscriber subscriber_;
    log::Limit waits_{{.lines = 1, .window = std::chrono::minutes(1)}};
    std::jthread thread_;

public:
    CommandInlet(SubscriberOptions options,  // for open() alone
                 std::unique_ptr<IntakeRing> ring,
                 std::string upstream,
                 CommandDesk& desk);
};

}  // namespace tidegate::bridge

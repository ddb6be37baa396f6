#pragma once

#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidegate::tests {

// Who listens to topics of a broker: a mosquitto_sub with a persistent session, QoS 1. It is subscribed when
// the object is there, and keeps what it heard, a message a line.
class Listener {
public:
    // `more`: for TLS, another version of MQTT, and the like. `format`: of a line, as mosquitto_sub has it.
    Listener(std::uint16_t port,
             const std::string& filter,
             std::vector<std::string> more = {},
             const std::string& format = "%t %p")
        : command_{"mosquitto_sub",
                   "-h",
                   "127.0.0.1",
                   "-p",
                   std::to_string(port),
                   "-q",
                   "1",
                   "-c",
                   "-i",
                   "listener",
                   "-t",
                   filter,
                   "-F",
                   format}
    {
        command_.insert(command_.end(), more.begin(), more.end());
        auto once = command_;
        once.emplace_back("-E");  // until it is subscribed
        Process early(once, {.output = dir_ / "early"});
        if (early.wait(std::chrono::seconds(30)) != 0)
            throw std::runtime_error("mosquitto_sub: " + early.output());
        process_ = std::make_unique<Process>(command_, Process::Files{.output = dir_ / "heard"});
    }

    // "TOPIC PAYLOAD" each.
    std::vector<std::string> lines() const
    {
        std::vector<std::string> all;
        std::istringstream text(read_file(dir_ / "heard"));
        for (std::string line; std::getline(text, line);) all.push_back(line);
        return all;
    }
    std::vector<std::string> payloads() const
    {
        auto all = lines();
        for (auto& line : all) line.erase(0, line.find(' ') + 1);
        return all;
    }
    bool hears(std::size_t count, std::chrono::milliseconds most = std::chrono::seconds(20)) const
    {
        return wait_until([&] { return lines().size() >= count; }, most);
    }

private:
    TempDir dir_;
    std::vector<std::string> command_;
    std::unique_ptr<Process> process_;
};

}  // namespace tidegate::tests

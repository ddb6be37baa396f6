#pragma once

#include "support/port.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <csignal>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::tests {

// A Mosquitto of our own on a free loopback port, with its files in a directory of its own. It keeps port and
// files when it is stopped and started again.
class Broker {
public:
    // `more`: further lines for its configuration. Starts it.
    explicit Broker(const std::string& more = "")
    {
        std::ofstream(dir_ / "mosquitto.conf")
            << "user root\n"  // only heeded by root, who must not lose its directory
            << "listener " << port_ << " 127.0.0.1\n"
            << "allow_anonymous true\n"
            << "persistence true\n"
            << "persistence_location " << dir_.path().string() << "/\n"
            << "max_queued_messages 200000\n"
            << more << "\n";
        start();
    }

    void start()
    {
        process_ = std::make_unique<Process>(
            std::vector<std::string>{"/usr/sbin/mosquitto", "-c", (dir_ / "mosquitto.conf").string()},
            Process::Files{.output = dir_ / "mosquitto.log"});
        if (!wait_until([this] { return listens(port_) || !process_->running(); }) || !process_->running())
            throw std::runtime_error("mosquitto does not start: " + process_->output());
    }
    void stop() { end(SIGTERM); }       // it saves its sessions
    void kill() { end(SIGKILL); }       // it does not
    void save() { signal(SIGUSR1); }    // its sessions, now
    void freeze() { signal(SIGSTOP); }  // it keeps its connections and says nothing
    void thaw() { signal(SIGCONT); }

    std::uint16_t port() const { return port_; }
    std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
    std::string log() const { return process_->output(); }
    pid_t pid() const { return process_->pid(); }
    const TempDir& dir() const { return dir_; }

    // Publishes each line as a message of its own, QoS 1, and returns when all are acknowledged.
    void publish_lines(const std::string& topic,
                       const std::string& lines,
                       std::vector<std::string> more = {}) const
    {
        const auto file = dir_ / "lines";
        std::ofstream(file, std::ios::trunc) << lines;
        more.emplace_back("-l");
        run_client("mosquitto_pub", topic, std::move(more), file);
    }
    void publish(const std::string& topic,
                 const std::string& payload,
                 std::vector<std::string> more = {}) const
    {
        more.insert(more.end(), {"-m", payload});
        run_client("mosquitto_pub", topic, std::move(more), "/dev/null");
    }

private:
    void end(int how)
    {
        signal(how);
        if (!process_->wait()) throw std::runtime_error("mosquitto does not stop");
    }
    void signal(int number) const { process_->kill(number); }

    void run_client(const std::string& program,
                    const std::string& topic,
                    std::vector<std::string> more,
                    const std::filesystem::path& input) const
    {
        std::vector<std::string> command{program, "-h", "127.0.0.1", "-p", std::to_string(port_),
                                         "-q",    "1",  "-t",        topic};
        command.insert(command.end(), more.begin(), more.end());
        Process client(command, {.output = dir_ / "client.log", .input = input});
        if (client.wait(std::chrono::seconds(60)) != 0)
            throw std::runtime_error(program + " failed: " + client.output());
    }

    TempDir dir_;
    std::uint16_t port_ = free_port();
    std::unique_ptr<Process> process_;
};

}  // namespace tidegate::tests

#pragma once

#include "support/port.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <csignal>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace tidegate::tests {

// A RabbitMQ of our own with its MQTT plugin (3.1.1), on free loopback ports, with an epmd of its own, so
// that it meets no other Erlang on the machine. It keeps port and files when it is stopped and started again.
class RabbitMq {
public:
    RabbitMq()
    {
        std::ofstream(dir_ / "rabbitmq.conf")
            << "listeners.tcp = none\nmqtt.listeners.tcp.1 = 127.0.0.1:" << port_
            << "\nmqtt.allow_anonymous = true\nmqtt.default_user = guest\nmqtt.default_pass = guest\n"
            << "disk_free_limit.absolute = 10MB\nlog.console = true\nlog.file = false\n";
        std::ofstream(dir_ / "plugins") << "[rabbitmq_mqtt].\n";
        names_ = std::make_unique<Process>(
            std::vector<std::string>{"epmd", "-address", "127.0.0.1", "-port", std::to_string(names_port_)},
            Process::Files{.output = dir_ / "epmd.log"});
        if (!wait_until([this] { return listens(names_port_); }))
            throw std::runtime_error("epmd does not start");
        start();
    }

    void start()
    {
        const auto file = [this](const char* name) { return (dir_ / name).string(); };
        // As under systemd the script becomes the server itself, which so ends with this process.
        node_ = std::make_unique<Process>(
            std::vector<std::string>{
                "env", "HOME=" + dir_.path().string(), "RUNNING_UNDER_SYSTEMD=true",
                "ERL_EPMD_ADDRESS=127.0.0.1", "ERL_EPMD_PORT=" + std::to_string(names_port_),
                "RABBITMQ_NODENAME=tidegate" + std::to_string(port_) + "@localhost",
                "RABBITMQ_DIST_PORT=" + std::to_string(nodes_port_), "RABBITMQ_MNESIA_BASE=" + file("mnesia"),
                "RABBITMQ_LOG_BASE=" + file("log"), "RABBITMQ_CONFIG_FILE=" + file("rabbitmq.conf"),
                "RABBITMQ_ENABLED_PLUGINS_FILE=" + file("plugins"), "RABBITMQ_CONF_ENV_FILE=/dev/null",
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
                "/usr/lib/rabbitmq/bin/rabbitmq-server"},
            Process::Files{.output = dir_ / "rabbitmq.log"});
        if (!wait_until([this] { return listens(port_) || !node_->running(); }, std::chrono::seconds(120)) ||
            !node_->running())
            throw std::runtime_error("rabbitmq-server does not start: " + node_->output());
    }
    void kill()
    {
        node_->kill(SIGKILL);
        node_->wait();
    }

    std::uint16_t port() const { return port_; }
    std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }

private:
    TempDir dir_;
    std::uint16_t port_ = free_port(), names_port_ = free_port(), nodes_port_ = free_port();
    std::unique_ptr<Process> names_, node_;
};

}  // namespace tidegate::tests

#pragma once

#include "support/port.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <array>
#include <csignal>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace tidegate::tests {

// Three nats-servers on loopback, one JetStream cluster, each with an MQTT listener (3.1.1). What MQTT keeps
// is on all three. Nodes are numbered from 0.
class NatsCluster {
public:
    NatsCluster()
    {
        for (std::size_t i = 0; i < nodes; ++i) start(i);
        // MQTT is let in once the cluster has elected who leads it.
        if (!wait_until([this] { return has_leader(); }, std::chrono::seconds(30)))
            throw std::runtime_error("NATS elects no leader: " + nodes_[0]->output());
    }

    void start(std::size_t node)
    {
        const auto name = "n" + std::to_string(node);
        std::ofstream conf(dir_ / (name + ".conf"));
        conf << "server_name: " << name << "\nlisten: \"127.0.0.1:" << clients_[node]
             << "\"\njetstream { store_dir: \"" << (dir_ / name).string()
             << "\", max_memory_store: 64MB, max_file_store: 256MB }\nmqtt { listen: "
             << "\"127.0.0.1:" << mqtt_[node]
             << "\", stream_replicas: 3 }\ncluster { name: tg, listen: \"127.0.0.1:" << routes_[node]
             << "\", routes: [";
        for (const auto route : routes_)
            conf << (route == routes_[0] ? "" : ", ") << "\"nats://127.0.0.1:" << route << "\"";
        conf << " ] }\n";
        conf.close();
        nodes_[node] = std::make_unique<Process>(
            std::vector<std::string>{"/usr/sbin/nats-server", "-c", (dir_ / (name + ".conf")).string()},
            Process::Files{.output = dir_ / (name + ".log")});
        if (!wait_until([&] { return listens(mqtt_[node]) || !nodes_[node]->running(); },
                        std::chrono::seconds(30)) ||
            !nodes_[node]->running())
            throw std::runtime_error("nats-server does not start: " + nodes_[node]->output());
    }
    void kill(std::size_t node)
    {
        nodes_[node]->kill(SIGKILL);
        nodes_[node]->wait();
    }

    std::uint16_t mqtt_port(std::size_t node) const { return mqtt_[node]; }
    std::string url(std::size_t node) const { return "mqtt://127.0.0.1:" + std::to_string(mqtt_[node]); }

private:
    static constexpr std::size_t nodes = 3;
    using Ports = std::array<std::uint16_t, nodes>;

    bool has_leader() const
    {
        for (const auto& node : nodes_)
            if (node->output().find("JetStream cluster new metadata leader") != std::string::npos ||
                node->output().find("Self is new JetStream cluster metadata leader") != std::string::npos)
                return true;
        return false;
    }

    TempDir dir_;
    Ports clients_{free_port(), free_port(), free_port()};
    Ports mqtt_{free_port(), free_port(), free_port()};
    Ports routes_{free_port(), free_port(), free_port()};
    std::array<std::unique_ptr<Process>, nodes> nodes_;
};

}  // namespace tidegate::tests

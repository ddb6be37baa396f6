#pragma once

#include "support/port.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidegate::tests {

// Debian's tinyproxy on a free loopback port: HTTP, with CONNECT to any port.
class HttpProxy {
public:
    HttpProxy()
    {
        std::ofstream(dir_ / "tinyproxy.conf")
            << "Port " << port_ << "\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\n"
            << "LogLevel Connect\n";
        process_ = std::make_unique<Process>(
            std::vector<std::string>{"tinyproxy", "-d", "-c", (dir_ / "tinyproxy.conf").string()},
            Process::Files{.output = dir_ / "log"});
        if (!wait_until([this] { return listens(port_) || !process_->running(); }) || !process_->running())
            throw std::runtime_error("tinyproxy does not start: " + process_->output());
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::string log() const { return process_->output(); }

private:
    TempDir dir_;
    std::uint16_t port_ = free_port();
    std::unique_ptr<Process> process_;
};

// Debian's microsocks on a free loopback port: SOCKS5, which looks names up itself.
class SocksProxy {
public:
    SocksProxy()
    {
        process_ = std::make_unique<Process>(
            std::vector<std::string>{"microsocks", "-i", "127.0.0.1", "-p", std::to_string(port_)},
            Process::Files{.output = dir_ / "log"});
        if (!wait_until([this] { return listens(port_) || !process_->running(); }) || !process_->running())
            throw std::runtime_error("microsocks does not start: " + process_->output());
    }
    std::string url() const { return "socks5h://127.0.0.1:" + std::to_string(port_); }
    std::string log() const { return process_->output(); }

private:
    TempDir dir_;
    std::uint16_t port_ = free_port();
    std::unique_ptr<Process> process_;
};

}  // namespace tidegate::tests

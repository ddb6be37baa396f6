#pragma once

#include "bridge/http_post.hpp"
#include "support/port.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidegate::tests {

// An influxd (InfluxDB 1) of our own on a free loopback port, with its files in a directory of its own.
class Influx {
public:
    // `more`: further lines for its [http] section.
    explicit Influx(const std::string& more = "")
    {
        std::ofstream(dir_ / "influxdb.conf")
            << "reporting-disabled = true\nbind-address = \"127.0.0.1:" << free_port() << "\"\n"
            << "[meta]\ndir = \"" << (dir_ / "meta").string() << "\"\n"
            << "[data]\ndir = \"" << (dir_ / "data").string() << "\"\nwal-dir = \"" << (dir_ / "wal").string()
            << "\"\nquery-log-enabled = false\n[monitor]\nstore-enabled = false\n"
            << "[continuous_queries]\nenabled = false\n[http]\nbind-address = \"127.0.0.1:" << port_
            << "\"\nlog-enabled = false\n"
            << more << "\n";
        process_ = std::make_unique<Process>(
            std::vector<std::string>{"/usr/bin/influxd", "run", "-config", (dir_ / "influxdb.conf").string()},
            Process::Files{.output = dir_ / "influxd.log"});
        if (!wait_until([this] { return listens(port_) || !process_->running(); },
                        std::chrono::seconds(30)) ||
            !process_->running())
            throw std::runtime_error("influxd does not start: " + process_->output());
    }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    // The answer's JSON, times in milliseconds. `query` has no character that a URL would need escaped but
    // blanks, quotes, commas, brackets, "=" and slashes.
    std::string query(const std::string& query,
                      const std::string& user = "",
                      const std::string& password = "")
    {
        std::string escaped;
        for (const char c : query)
            if (c == ' ')
                escaped += "%20";
            else if (c == '"')
                escaped += "%22";
            else
                escaped += c;
        auto post = bridge::HttpPost::make(
            {.url = url() + "/query?db=plant&epoch=ms&q=" + escaped, .user = user, .password = password});
        auto answer = post.value().post({}, {});
        if (!answer) throw std::runtime_error(answer.error().what);
        return answer->body;
    }

private:
    TempDir dir_;
    std::uint16_t port_ = free_port();
    std::unique_ptr<Process> process_;
};

}  // namespace tidegate::tests

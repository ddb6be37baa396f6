#pragma once

#include "support/port.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidegate::tests {

// The real daemon, with its files in a directory of its own. It keeps them when it is killed and started
// again.
class Gateway {
public:
    // `more`: further lines for its configuration, of [web] first. Starts it. Without accounts everybody is
    // admin.
    enum class WithAccounts { yes, no };
    explicit Gateway(const std::string& broker_url,
                     const std::string& broker_more = "",
                     const std::string& more = "",
                     WithAccounts accounts = WithAccounts::no)
    {
        std::ofstream(dir_ / "tidegate.toml")
            << "[gateway]\nid = \"test\"\nstate_directory = \"" << (dir_ / "state").string() << "\"\n"
            << "runtime_directory = \"" << (dir_ / "run").string() << "\"\n"
            << "[[broker]]\nurl = \"" << broker_url << "\"\n"
            << broker_more << "\n"
            << "[web]\nport = " << port_ << "\n"
            << (accounts == WithAccounts::yes ? "" : "accounts = false\n") << more << "\n";
        start();
    }

    void start()
    {
        if (!try_start({})) throw std::runtime_error("tidegate does not start: " + process_->output());
    }

    // Under a command that runs it. False: it has ended.
    bool try_start(std::vector<std::string> command)
    {
        command.insert(command.end(), {TIDEGATE_BINARY, "run", "-c", (dir_ / "tidegate.toml").string()});
        process_ =
            std::make_unique<Process>(std::move(command), Process::Files{.output = dir_ / "tidegate.log"});
        return wait_until([this] { return listens(port_) || !process_->running(); }) && process_->running();
    }
    bool running() { return process_->running(); }

    // kill -9, at this very moment; returns when it is gone.
    void kill()
    {
        process_->kill(SIGKILL);
        if (!process_->wait()) throw std::runtime_error("tidegate cannot be killed");
    }

    // SIGTERM; its exit status.
    int stop()
    {
        process_->kill(SIGTERM);
        const auto status = process_->wait(std::chrono::seconds(20));
        if (!status) throw std::runtime_error("tidegate does not stop: " + log());
        return *status;
    }

    std::string get(const std::string& target) const { return request("GET", target); }
    void post(const std::string& target) const { request("POST", target); }
    // Whatever the answer is.
    struct Posted {
        int status = 0;
        nlohmann::json body;
    };
    Posted post_json(const std::string& target, const nlohmann::json& body) const
    {
        const auto answer = send("POST", target, body.dump(), "Content-Type: application/json\r\n");
        return {answer.status, nlohmann::json::parse(answer.body)};
    }
    struct Answer {
        int status = 0;
        std::string head, body;
    };
    // `fields`: further header fields, each with its end of line. Throws when there is no answer.
    Answer send(const std::string& method,
                const std::string& target,
                const std::string& body,
                const std::string& fields = "") const
    {
        const auto text = exchange(method, target, body, fields);
        const auto head = text.find("\r\n\r\n");
        if (!text.starts_with("HTTP/1.1 ") || head == std::string::npos)
            throw std::runtime_error("no answer");
        return {std::stoi(text.substr(9, 3)), text.substr(0, head), text.substr(head + 4)};
    }
    // Does not wait for the answer.
    void send_and_leave(const std::string& target, const std::string& body) const
    {
        boost::asio::ip::tcp::iostream stream;
        stream.connect("127.0.0.1", std::to_string(port_));
        write_request(stream, "POST", target, body, "");
    }
    nlohmann::json json(const std::string& target) const { return nlohmann::json::parse(get(target)); }

    std::string log() const { return process_->output(); }
    std::uint16_t port() const { return port_; }
    pid_t pid() const { return process_->pid(); }
    const TempDir& dir() const { return dir_; }

private:
    static void write_request(std::ostream& out,
                              const std::string& method,
                              const std::string& target,
                              const std::string& body,
                              const std::string& fields)
    {
        out << method << ' ' << target << " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " << body.size()
            << "\r\n"
            << fields << "Connection: close\r\n\r\n"
            << body << std::flush;
    }

    // The whole answer.
    std::string exchange(const std::string& method,
                         const std::string& target,
                         const std::string& body,
                         const std::string& fields) const
    {
        boost::asio::ip::tcp::iostream stream;
        stream.expires_after(std::chrono::seconds(30));
        stream.connect("127.0.0.1", std::to_string(port_));
        write_request(stream, method, target, body, fields);
        std::ostringstream answer;
        answer << stream.rdbuf();
        return answer.str();
    }

    // The body of the answer.
    std::string request(const std::string& method, const std::string& target) const
    {
        const auto text = exchange(method, target, "", "");
        const auto body = text.find("\r\n\r\n");
        if (!text.starts_with("HTTP/1.1 2") || body == std::string::npos)
            throw std::runtime_error(method + " " + target + ": " + text.substr(0, 300) + log());
        return text.substr(body + 4);
    }

    TempDir dir_;
    std::uint16_t port_ = free_port();
    std::unique_ptr<Process> process_;
};

inline std::uint64_t sum_of(const nlohmann::json& counts)
{
    std::uint64_t total = 0;
    for (const auto& count : counts) total += count.get<std::uint64_t>();
    return total;
}

// An upstream's part of the books: stored = delivered + queued + discarded.
inline bool adds_up(const nlohmann::json& books)
{
    return books["stored"] == books["delivered"].get<std::uint64_t>() + books["queued"].get<std::uint64_t>() +
                                  sum_of(books["discarded"]);
}

// The gateway's accounts add up, exactly. Empty: they do; otherwise what does not.
inline std::string imbalance(const nlohmann::json& books)
{
    const auto& messages = books["messages"];
    const auto& readings = books["readings"];
    if (messages["received"] != messages["stored"].get<std::uint64_t>() + sum_of(messages["rejected"]))
        return "messages: " + books.dump();
    if (readings["read"] != readings["stored"].get<std::uint64_t>() +
                                readings["summarised"].get<std::uint64_t>() + sum_of(readings["suppressed"]))
        return "readings: " + books.dump();
    if (readings["stored"].get<std::uint64_t>() + readings["derived"].get<std::uint64_t>() !=
        books["last_seq"])
        return "log: " + books.dump();
    for (const auto& upstream : books["upstreams"])
        if (!adds_up(upstream)) return "upstream: " + books.dump();
    return {};
}

}  // namespace tidegate::tests

#pragma once

#include "support/certificate.hpp"
#include "support/port.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace tidegate::tests {

// An nginx of our own on a free loopback port: HTTPS with HTTP/2 in front of another server. As it is made,
// it takes bodies of up to 2 KiB (413), 5 requests a second and 3 at once (429, Retry-After: 1); and nothing
// at all while it is closed (503, Retry-After: 1).
class Nginx {
public:
    struct Manner {
        bool defends = true;        // false: it takes whatever comes
        std::string location = "";  // further lines
        std::string server = "";
    };

    // `behind`: URL of the server that it passes requests to.
    Nginx(const Certificate& certificate, const std::string& behind, const Manner& manner)
    {
        std::ofstream(dir_ / "nginx.conf")
            << "daemon off;\nuser root;\nworker_processes 1;\npid " << file("pid") << ";\nerror_log stderr;\n"
            << "events {}\nhttp {\nlog_format tg '$status $server_protocol';\naccess_log "
            << file("access.log") << " tg;\n"
            << "client_body_temp_path " << file("body") << ";\nproxy_temp_path " << file("proxy") << ";\n"
            << "fastcgi_temp_path " << file("fcgi") << ";\nuwsgi_temp_path " << file("uwsgi")
            << ";\nscgi_temp_path " << file("scgi")
            << ";\nlimit_req_zone $server_port zone=all:1m rate=5r/s;\nlimit_req_status 429;\n"
            << "server {\nlisten 127.0.0.1:" << port_ << " ssl http2;\nssl_certificate "
            << certificate.file().string() << ";\nssl_certificate_key " << certificate.key().string() << ";\n"
            << (manner.defends ? "client_max_body_size 2k;\n" : "client_max_body_size 0;\n")
            << "error_page 429 @slower;\nlocation @slower { add_header Retry-After 1 always; return 429; }\n"
            << "error_page 503 @closed;\nlocation @closed { add_header Retry-After 1 always; return 503; }\n"
            << manner.server << "\nlocation / {\nif (-f " << file("closed") << ") { return 503; }\n"
            << (manner.defends ? "limit_req zone=all burst=3 nodelay;\n" : "") << "proxy_pass " << behind
            << ";\n"
            << manner.location << "}\n}\n}\n";
        process_ = std::make_unique<Process>(
            std::vector<std::string>{"/usr/sbin/nginx", "-e", "stderr", "-p", dir_.path().string(), "-c",
                                     file("nginx.conf")},
            Process::Files{.output = dir_ / "nginx.log"});
        if (!wait_until([this] { return listens(port_) || !process_->running(); }) || !process_->running())
            throw std::runtime_error("nginx does not start: " + process_->output());
    }
    Nginx(const Certificate& certificate, const std::string& behind) : Nginx(certificate, behind, Manner()) {}
    ~Nginx()
    {
        process_->kill(SIGTERM);  // the master ends its worker
        process_->wait();
    }
    Nginx(const Nginx&) = delete;
    Nginx& operator=(const Nginx&) = delete;

    void close() { std::ofstream(file("closed")) << ""; }
    void open() { std::filesystem::remove(file("closed")); }

    std::string url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/up"; }

    std::uint16_t port() const { return port_; }

    // A line a request: "STATUS PROTOCOL".
    std::string answers() const { return read_file(file("access.log")); }
    // It writes them down after it has given them.
    bool has_answered(const std::string& text) const
    {
        return wait_until([&] { return answers().find(text) != std::string::npos; });
    }

private:
    std::string file(const char* name) const { return (dir_ / name).string(); }

    TempDir dir_;
    std::uint16_t port_ = free_port();
    std::unique_ptr<Process> process_;
};

}  // namespace tidegate::tests

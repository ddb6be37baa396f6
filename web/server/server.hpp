#pragma once

#include "base/error.hpp"
#include "store/store.hpp"
#include "web/server/facts.hpp"
#include "web/server/limits.hpp"
#include "web/tls/keeper.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::web {

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: any free one
    // Serves the dashboard from here instead of from the binary; for development.
    std::filesystem::path web_root{};
    Limits limits{};
    std::optional<TlsOptions> tls{};      // none: plain HTTP, and nothing else
    std::chrono::seconds hsts{0};         // what browsers are told to keep to TLS for; 0: nothing
    std::vector<std::string> names{};     // further ones under which it is asked
    std::int64_t live_interval_ms = 100;  // the shortest between two updates of a live client
    std::size_t live_compression = 2UL * 1024 * 1024;  // bytes that permessage-deflate may take
};

// What is shown of the certificate.
struct CertificateFacts {
    bool own = false;         // of our own authority
    std::string fingerprint;  // SHA-256 of that authority, or of the certificate
    std::int64_t ends_ms = 0;
};

// HTTP, REST and WebSocket for browsers and tools on the LAN. Lives on the thread that runs `io`; history
// queries run on a pool thread of its own ("tg-history") so that they never hold up the live view.
//
// `io` must be declared after everything that sessions refer to and destroyed before it: pending coroutine
// frames are destroyed with it (docs/decisions/0002).
class Server {
public:
    Server(boost::asio::io_context& io, store::Store& store, Facts facts, ServerOptions options);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    Result<> listen();           // binds; then accepts as long as `io` runs
    std::uint16_t port() const;  // bound
    LiveFacts live_facts() const;
    void set_limits(const Limits& limits);  // connections that are there beyond them stay
    WebCounts counts() const;
    std::optional<CertificateFacts> certificate() const;  // none: plain HTTP
    void stop();  // says goodbye to live clients, closes everything; `io` then runs out of work

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tidegate::web

#pragma once

#include "base/error.hpp"
#include "store/store.hpp"
#include "web/server/facts.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace tidegate::web {

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: any free one
    std::filesystem::path
        web_root;  // serves the dashboard from here instead of from the binary; for development
    std::size_t connections = 1024;                    // in all
    std::size_t connections_each = 64;                 // from one address
    std::int64_t live_interval_ms = 100;               // the shortest between two updates of a live client
    std::size_t live_compression = 2UL * 1024 * 1024;  // bytes that permessage-deflate may take
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
    struct LiveClients {
        std::size_t web_socket = 0, events = 0;
    };
    LiveClients live_clients() const;
    void set_connections(std::size_t most);  // those that are there beyond it stay
    void stop();  // says goodbye to live clients, closes everything; `io` then runs out of work

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tidegate::web

#include "web/server/server.hpp"

#include "base/log.hpp"
#include "web/server/assets.hpp"
#include "web/server/core.hpp"
#include "web/server/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <random>

namespace tidegate::web {
namespace net = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds farewell{3};  // for clients to take our goodbye

std::string drawn_epoch()
{
    std::random_device random;
    return hex_name(std::uint64_t{random()} << 32U | random());
}

// Of the connections, those that live clients may have: some are left for questions.
std::size_t most_live(std::size_t connections)
{
    return connections - connections / 4;
}

LiveHubOptions hub_options(const Facts& facts, const ServerOptions& options)
{
    const GatewayFacts now = facts.gateway();
    return {drawn_epoch(), now.gateway, now.version, most_live(options.connections),
            options.live_interval_ms};
}

}  // namespace

class Server::Impl {
public:
    Impl(net::io_context& io, store::Store& store, Facts facts, ServerOptions options);

    Result<> listen();
    void stop();

    ServerOptions options;
    Facts facts;
    StaticFiles files;
    GatewayView gateway;
    LiveHub hub;
    QueryPool pool;
    ConnectionCount connections;
    Registry registry;
    Core core;
    std::uint16_t port = 0;

private:
    net::awaitable<void> tick();
    net::awaitable<void> cut_stragglers();
};

Server::Impl::Impl(net::io_context& io, store::Store& store, Facts given, ServerOptions wanted)
    : options(std::move(wanted)),
      facts(std::move(given)),
      files(embedded_assets(), options.web_root),
      gateway(facts, store.series()),
      hub(store.series(), store.live(), hub_options(facts, options)),
      connections(options.connections, options.connections_each),
      core{io, Api{store, facts, gateway, files}, hub, pool, connections, registry}
{
    core.deflate_bytes_most = options.live_compression;
}

Result<> Server::Impl::listen()
{
    auto acceptor = open_acceptor(core.io, options.address, options.port);
    if (!acceptor) return acceptor.error();
    error_code error;
    const auto bound = acceptor->local_endpoint(error);
    port = bound.port();
    core.reach = bound.address().is_loopback() ? Reach::loopback : Reach::network;
    net::co_spawn(core.io, accept_connections(std::move(*acceptor), core), LogEnd{"listener"});
    net::co_spawn(core.io, tick(), LogEnd{"live-ticker"});
    log::info("listening address={} port={} dashboard={}", options.address, port,
              embedded_assets().empty() && options.web_root.empty() ? "none" : "there");
    return {};
}

// The heartbeat of the live view: once a second, and when alarms change, the state of the gateway; and the
// hub whenever it asks to be called.
net::awaitable<void> Server::Impl::tick()
{
    net::steady_timer timer(core.io);
    const auto stop_waiting = [&timer] { timer.cancel(); };
    Registry::Ending ending{stop_waiting, stop_waiting};
    Registry::Member member(registry, std::move(ending));
    std::int64_t second = -1;
    std::uint64_t alarms = 0;
    while (!core.stopping) {
        const Moment now = this_moment();
        const auto revision = facts.alarms != nullptr ? facts.alarms->revision() : 0;
        const bool alarms_changed = std::exchange(alarms, revision) != revision;
        if (std::exchange(second, now.boot_ms / 1000) != now.boot_ms / 1000 || alarms_changed) {
            hub.publish_gateway(gateway.sample(now));
            hub.stretch(gateway.stretch());
            hub.renamed(gateway.names());
        }
        hub.tick(now);
        const Moment after = this_moment();
        const std::int64_t pause_ms = std::max<std::int64_t>(1, hub.next_tick_ms(now) - after.boot_ms);
        timer.expires_after(std::chrono::milliseconds(pause_ms));
        error_code ignored;
        co_await timer.async_wait(net::redirect_error(net::use_awaitable, ignored));
    }
}

void Server::Impl::stop()
{
    if (std::exchange(core.stopping, true)) return;
    hub.stop();
    registry.leave_all();
    if (!registry.empty()) net::co_spawn(core.io, cut_stragglers(), LogEnd{"farewell"});
}

net::awaitable<void> Server::Impl::cut_stragglers()
{
    net::steady_timer timer(core.io);
    constexpr std::chrono::milliseconds step{20};
    for (auto waited = step; !registry.empty() && waited < farewell; waited += step) {
        timer.expires_after(step);
        error_code ignored;
        co_await timer.async_wait(net::redirect_error(net::use_awaitable, ignored));
    }
    registry.cut_all();
}

Server::Server(net::io_context& io, store::Store& store, Facts facts, ServerOptions options)
    : impl_(std::make_unique<Impl>(io, store, std::move(facts), std::move(options)))
{
}

Server::~Server() = default;

Result<> Server::listen()
{
    return impl_->listen();
}

std::uint16_t Server::port() const
{
    return impl_->port;
}

Server::LiveClients Server::live_clients() const
{
    return {impl_->hub.clients(LiveTransport::web_socket), impl_->hub.clients(LiveTransport::events)};
}

void Server::set_connections(std::size_t most)
{
    impl_->connections.set_most(most);
    impl_->hub.set_most_clients(most_live(most));
}

void Server::stop()
{
    impl_->stop();
}

}  // namespace tidegate::web

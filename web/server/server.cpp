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

constexpr std::int64_t look_every_s = 5;        // at certificates
constexpr std::int64_t longest_pause_ms = 400;  // who may look no more is sent away within a second
constexpr std::chrono::seconds farewell{3};     // for clients to take our goodbye

std::string drawn_run()
{
    std::random_device random;
    return hex_name(std::uint64_t{random()} << 32U | random());
}

LiveHubOptions hub_options(const std::string& run, const Facts& facts, const ServerOptions& options)
{
    const GatewayFacts now = facts.gateway();
    LiveHubOptions made{run, now.gateway, now.version, options.limits.live};
    made.fastest = options.live_interval_ms;
    if (auto* accounts = facts.accounts; accounts != nullptr) {
        made.revision = [accounts] { return accounts->revision(); };
        made.holds = [accounts](const Identity& identity) { return accounts->holds(identity); };
    }
    return made;
}

}  // namespace

class Server::Impl {
public:
    Impl(net::io_context& io, store::Store& store, Facts facts, ServerOptions options);

    Result<> listen();
    void stop();

    ServerOptions options;
    Facts facts;
    const std::string run = drawn_run();
    StaticFiles files;
    GatewayView gateway;
    LiveHub hub;
    QueryPool pool{"tg-history", "Too many queries are waiting. Ask again in a moment."};
    QueryPool login{"tg-login", "Too many are logging in at the moment. Try again in a second."};
    ConnectionCount connections;
    Registry registry;
    std::unique_ptr<CertificateKeeper> certificates;
    Gate gate;
    Core core;
    std::uint16_t port = 0;

    void set_limits(const Limits& limits);

private:
    // Whom the hub turns away is counted with the others, from when there are clients.
    LiveHubOptions counted(LiveHubOptions made)
    {
        made.turned = [this](Turned why) { core.counts.count(why); };
        return made;
    }
    Result<> open_certificates();
    void look_at_certificates();
    net::awaitable<void> tick();
    net::awaitable<void> cut_stragglers();
};

Server::Impl::Impl(net::io_context& io, store::Store& store, Facts given, ServerOptions wanted)
    : options(std::move(wanted)),
      facts(std::move(given)),
      files(embedded_assets(), options.web_root),
      gateway(facts, store.series()),
      hub(store.series(), store.live(), counted(hub_options(run, facts, options))),
      connections(options.limits.connections, options.limits.connections_each),
      gate(facts.accounts),
      core{io, Api{store, facts, gateway, files, run}, hub, pool, login, connections, registry, gate}
{
    core.hsts = options.hsts;
    core.deflate_bytes_most = options.live_compression;
    set_limits(options.limits);
}

void Server::Impl::set_limits(const Limits& limits)
{
    core.limits = limits;
    core.by_address.set(limits.address_rate, limits.address_burst);
    core.by_identity.set(limits.identity_rate, limits.identity_burst);
    connections.set_most(limits.connections, limits.connections_each);
    hub.set_limits(limits.live);
    pool.set_most_waiting(limits.queries);
    login.set_most_waiting(limits.logins);
}

Result<> Server::Impl::open_certificates()
{
    if (options.tls) {
        auto opened = CertificateKeeper::open(*options.tls, this_moment().wall_ms / 1000);
        if (!opened) return opened.error();
        certificates = std::move(*opened);
        core.certificates = certificates.get();
        core.api.certificates = certificates.get();
    }
    look_at_certificates();
    return {};
}

// And at the names of this machine, which change with its networks.
void Server::Impl::look_at_certificates()
{
    if (certificates) certificates->look(this_moment().wall_ms / 1000);
    if (core.reach == Reach::network) {
        core.names = own_names(options.names);
        if (!certificates) return;
        const auto& hosts = certificates->names().hosts;
        core.names.hosts.insert(core.names.hosts.end(), hosts.begin(), hosts.end());
    } else {
        core.names.hosts = core.names.addresses = options.names;
    }
}

Result<> Server::Impl::listen()
{
    auto acceptor = open_acceptor(core.io, options.address, options.port);
    if (!acceptor) return acceptor.error();
    error_code error;
    const auto bound = acceptor->local_endpoint(error);
    port = bound.port();
    core.reach = bound.address().is_loopback() ? Reach::loopback : Reach::network;
    if (auto opened = open_certificates(); !opened) return opened;
    net::co_spawn(core.io, accept_connections(std::move(*acceptor), core), LogEnd{"listener"});
    net::co_spawn(core.io, tick(), LogEnd{"live-ticker"});
    log::info("listening address={} port={} tls={} dashboard={}", options.address, port,
              !certificates            ? "off"
              : certificates->is_own() ? "own"
                                       : "files",
              embedded_assets().empty() && options.web_root.empty() ? "none" : "there");
    if (certificates)
        log::info("web_certificate {}={} ends_s={}", certificates->is_own() ? "ca_sha256" : "sha256",
                  certificates->fingerprint(), certificates->ends_s());
    else if (core.reach == Reach::network)
        log::warning(
            "web_unencrypted address={} effect=\"whoever is on this network can read and change what the "
            "dashboard and the API carry, passwords among it (web.tls = off)\"",
            options.address);
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
            if (second % look_every_s == 0) look_at_certificates();
            hub.publish_gateway(gateway.sample(now));
            hub.stretch(gateway.stretch());
            hub.renamed(gateway.names());
        }
        hub.tick(now);
        const Moment after = this_moment();
        const std::int64_t pause_ms =
            std::clamp<std::int64_t>(hub.next_tick_ms(now) - after.boot_ms, 1, longest_pause_ms);
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

LiveFacts Server::live_facts() const
{
    return impl_->hub.facts();
}

void Server::set_limits(const Limits& limits)
{
    impl_->set_limits(limits);
}

WebCounts Server::counts() const
{
    WebCounts counts = impl_->core.counts;
    counts.open = impl_->connections.open();
    counts.turned[static_cast<std::size_t>(Turned::queries)] = impl_->pool.turned_away();
    counts.turned[static_cast<std::size_t>(Turned::logins)] = impl_->login.turned_away();
    return counts;
}

std::optional<CertificateFacts> Server::certificate() const
{
    if (!impl_->certificates) return std::nullopt;
    const auto& keeper = *impl_->certificates;
    return CertificateFacts{keeper.is_own(), keeper.fingerprint(), keeper.ends_s() * 1000};
}

void Server::stop()
{
    impl_->stop();
}

}  // namespace tidegate::web

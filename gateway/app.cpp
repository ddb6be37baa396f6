#include "gateway/app.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "gateway/config/load.hpp"
#include "gateway/metrics.hpp"
#include "gateway/process_usage.hpp"
#include "gateway/service.hpp"
#include "gateway/upstream_sink.hpp"
#include "gateway/version.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace net = boost::asio;

namespace {

// What ends a coroutine of ours with an exception is a bug; it must not vanish.
void log_end(const std::exception_ptr& problem)
{
    if (!problem) return;
    try {
        std::rethrow_exception(problem);
    } catch (const std::exception& error) {
        log::error("a task of the main loop ended: {}", error.what());
    }
}

constexpr std::chrono::milliseconds strict_commit_interval{250};

store::Durability durability_of(const std::string& name)  // one that the configuration allows
{
    if (name == "strict") return store::Durability::strict;
    return name == "relaxed" ? store::Durability::relaxed : store::Durability::timed;
}

}  // namespace

App::App(Config config) : config_(std::move(config)), started_ms_(wall_ms()) {}

App::~App() = default;

Result<> App::run()
{
    // SIGPIPE would end us when a browser leaves; the write says it well enough.
    std::signal(SIGPIPE, SIG_IGN);
    if (auto opened = open(); !opened) {
        stop();
        return opened;
    }
    net::co_spawn(io_, live(), log_end);
    service::ready();
    log::info("ready version={} gateway={} dashboard=http://{}:{}", version, config_.gateway.id,
              config_.web.address, server_->port());
    io_.run();
    stop();
    return {};
}

Result<> App::open()
{
    if (auto done = open_store(); !done) return done;
    if (auto done = open_upstreams(); !done) return done;
    if (auto done = listen(); !done) return done;
    pipeline_->start();
    return open_subscriber();
}

Result<> App::open_store()
{
    store::StoreOptions options;
    options.directory = config_.gateway.state_directory;
    options.durability = durability_of(config_.store.durability);
    options.commit_interval = config_.store.commit;
    if (options.durability == store::Durability::strict)
        options.commit_interval = std::min(options.commit_interval, strict_commit_interval);
    options.sync_interval = config_.store.sync;
    options.log_bytes = config_.store.buffer.count;
    options.history_bytes = config_.store.history.count;
    options.history_age = std::chrono::duration_cast<std::chrono::days>(config_.store.history_age);
    options.free_bytes = config_.store.free.count;
    auto store = store::Store::open(std::move(options));
    if (!store) return store.error();
    store_ = std::move(*store);

    std::error_code failed;
    std::filesystem::create_directories(config_.gateway.runtime_directory, failed);
    const auto file = std::filesystem::path(config_.gateway.runtime_directory) / "intake.ring";
    auto ring = bridge::IntakeRing::open(file, config_.limits.ring.count);
    if (!ring) return ring.error();
    ring_ = std::move(*ring);

    PipelineOptions pipeline;
    pipeline.decode.payload = config_.limits.payload.count;
    pipeline.decode.depth = static_cast<std::size_t>(config_.limits.depth);
    pipeline.decode.fields = static_cast<std::size_t>(config_.limits.fields);
    pipeline.decode.metadata = static_cast<std::size_t>(config_.limits.metadata);
    pipeline.series = static_cast<std::size_t>(config_.limits.series);
    pipeline_.emplace(*ring_, *store_, pipeline);
    return {};
}

Result<> App::open_upstreams()
{
    dead_letters_.emplace(config_.gateway.state_directory);
    std::vector<std::string> names;
    for (const auto& upstream : config_.upstreams) names.push_back(upstream.name);
    store_->retire_upstreams_but(names);
    for (const auto& upstream : config_.upstreams) {
        auto sink = make_sink(upstream, config_.gateway.id);
        if (!sink)
            return Error{sink.error().kind, fmt::format("upstream {}: {}", upstream.name, sink.error().what)};
        bridge::ForwarderOptions options;
        options.name = upstream.name;
        options.gateway = config_.gateway.id;
        options.batch = static_cast<std::size_t>(upstream.batch);
        options.dead = &*dead_letters_;
        auto selection = bridge::Selection::make({upstream.include, upstream.exclude, upstream.devices});
        if (!selection)
            return Error{selection.error().kind,
                         fmt::format("upstream {}: {}", upstream.name, selection.error().what)};
        options.selection = std::move(*selection);
        forwarders_.push_back(
            std::make_unique<bridge::Forwarder>(*store_, std::move(*sink), std::move(options)));
        if (auto started = forwarders_.back()->start(); !started) return started;
    }
    return {};
}

Result<> App::open_subscriber()
{
    const auto& broker = config_.broker;
    auto password = secret_of(broker.password_file);
    if (!password) return password.error();
    bridge::SubscriberOptions options;
    options.url = broker.url;
    options.client_id = broker.client_id;
    options.user = broker.user;
    options.password = *password;
    options.ca_file = broker.ca_file;
    options.certificate_file = broker.certificate_file;
    options.key_file = broker.key_file;
    options.alpn = broker.alpn;
    options.filters = broker.filters;
    options.qos = static_cast<int>(broker.qos);
    options.version = static_cast<int>(broker.version);
    options.session_expiry = std::chrono::duration_cast<std::chrono::seconds>(broker.session_expiry);
    options.largest_payload = config_.limits.payload.count;
    options.sessions =
        &sessions_.emplace(std::filesystem::path(config_.gateway.state_directory) / "sessions.json");
    return subscriber_.emplace(std::move(options), *ring_).start();
}

Result<> App::listen()
{
    web::ServerOptions options;
    options.address = config_.web.address;
    options.port = static_cast<std::uint16_t>(config_.web.port);
    options.web_root = config_.web.root;
    options.connections = static_cast<std::size_t>(config_.web.connections);
    server_ = std::make_unique<web::Server>(io_, *store_, facts_for_web(), std::move(options));
    return server_->listen();
}

// Beginning to end: nothing more comes in, what is in the ring is taken, upstreams end, the rest is
// committed.
void App::stop()
{
    service::stopping();
    if (subscriber_) subscriber_->stop();
    if (pipeline_) pipeline_->stop();
    for (auto& forwarder : forwarders_) forwarder->stop();
    if (!store_) return;
    if (auto done = store_->flush(); !done)
        log::error("not everything could be committed: {}", done.error().what);
    log::info("stopped");
}

net::awaitable<void> App::live()
{
    using namespace net::experimental::awaitable_operators;
    co_await (tick() || await_signal());
    server_->stop();
}

net::awaitable<void> App::await_signal()
{
    net::signal_set signals(io_, SIGTERM, SIGINT);
    const int number = co_await signals.async_wait(net::use_awaitable);
    log::info("stopping signal={}", number);
}

net::awaitable<void> App::tick()
{
    net::steady_timer timer(io_);
    for (;;) {
        look();
        if (pipeline_->alive()) service::alive();
        timer.expires_after(std::chrono::seconds(1));
        co_await timer.async_wait(net::use_awaitable);
    }
}

void App::look()
{
    const auto now = boot_ms();
    const auto usage = process_usage();
    cpu_seconds_ = usage.cpu_seconds;
    rss_bytes_ = usage.rss_bytes;
    cpu_.look(now, usage.cpu_seconds * 100);
    messages_.look(now, static_cast<double>(pipeline_->messages()));
    readings_.look(now, static_cast<double>(pipeline_->readings()));
}

web::GatewayFacts App::facts() const
{
    web::GatewayFacts facts;
    facts.gateway = config_.gateway.id;
    facts.version = version;
    facts.messages_per_s = messages_.per_second();
    facts.readings_per_s = readings_.per_second();
    facts.ring_bytes = ring_->used_bytes();
    facts.ring_bytes_most = ring_->capacity_bytes();
    facts.cpu_percent = cpu_.per_second();
    facts.cpu_seconds = cpu_seconds_;
    facts.rss_bytes = rss_bytes_;
    facts.started_ms = started_ms_;
    facts.store = store_->state();
    facts.card_endurance = config_.store.card_endurance.count;
    if (subscriber_) {
        const auto status = subscriber_->status();
        facts.brokers.push_back({.name = "broker",
                                 .url = status.broker,
                                 .connected = status.connected,
                                 .since_ms = status.since_ms,
                                 .why = status.why,
                                 .version = status.version,
                                 .connects = status.connects,
                                 .duplicates = status.duplicates,
                                 .next_try_ms = status.next_try_ms});
    }
    for (const auto& forwarder : forwarders_) {
        const auto status = forwarder->status();
        web::UpstreamFacts upstream{status.name,
                                    status.kind,
                                    status.url,
                                    status.up,
                                    status.since_ms,
                                    status.attempts,
                                    status.next_try_ms,
                                    status.why,
                                    status.oldest_ms,
                                    status.rate,
                                    {}};
        for (const auto& books : facts.store.upstreams)
            if (books.name == status.name) upstream.books = books;
        upstream.alarm = status.alarm;
        upstream.dead = dead_letters_->count(status.name);
        facts.upstreams.push_back(std::move(upstream));
    }
    return facts;
}

web::Facts App::facts_for_web()
{
    web::Facts handed;
    handed.gateway = [this] { return facts(); };
    handed.metrics = [this] {
        return metrics_text(facts(), {pipeline_->absent(), pipeline_->facts()}, store_->series().last(),
                            server_->live_clients());
    };
    handed.retry_upstream = [this](const std::string& id) {
        for (auto& forwarder : forwarders_)
            if (forwarder->status().name == id) forwarder->retry_now();
    };
    handed.dead_letters = &*dead_letters_;
    return handed;
}

}  // namespace tidegate::gateway

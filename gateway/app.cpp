#include "gateway/app.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "gateway/accounts_options.hpp"
#include "gateway/config/secrets.hpp"
#include "gateway/decode_limits.hpp"
#include "gateway/metrics.hpp"
#include "gateway/process_usage.hpp"
#include "gateway/service.hpp"
#include "gateway/temperature.hpp"
#include "gateway/time_zone.hpp"
#include "gateway/version.hpp"
#include "gateway/web_options.hpp"
#include "store/interval_notes.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <numeric>
#include <thread>

namespace tidegate::gateway {

namespace net = boost::asio;

namespace {

// How long a post may wait for its commit: longer than commits are apart, and never as long as the store is
// patient with its disk before it gives up what waits (60 s).
std::chrono::milliseconds patience_of_posts(std::chrono::milliseconds commit)
{
    constexpr std::chrono::milliseconds beside_it{20'000}, most{55'000};
    return std::min(commit + beside_it, most);
}

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

Result<> first_of(std::vector<Error> wrong)
{
    if (!wrong.empty()) return std::move(wrong.front());
    return {};
}

}  // namespace

PipelineOptions App::pipeline_options()
{
    PipelineOptions options;
    options.decode = decode_limits(config_.limits);
    options.series = static_cast<std::size_t>(config_.limits.series);
    options.rules = config_.rules;
    options.alarms = config_.alarms;
    options.alarm_book = &*alarm_book_;
    options.runtime_directory = config_.gateway.runtime_directory;
    options.kept_state = std::filesystem::path(config_.gateway.state_directory) / "rules.state";
    options.listening = [this](std::size_t ring) { return intake_.listens(ring); };
    options.committed = [this](const store::IntakePosition& position) { posts_->committed(position); };
    options.publish = [this](const Request& request) {
        requests_->publish(intake_.broker_of(request.broker), request);
    };
    options.tracer = &tracer_;
    options.messages = &messages_seen_;
    options.notebook = &notebook_;
    return options;
}

App::App(Config config, std::filesystem::path file)
    : config_(std::move(config)),
      file_(std::move(file)),
      started_ms_(wall_ms()),
      zone_(time_zone()),
      notebook_({.kept = std::filesystem::path(config_.gateway.state_directory) / "notebook",
                 .fresh = std::filesystem::path(config_.gateway.runtime_directory) / "notebook"})
{
    trials_.use(config_);
    configuration_.loaded_ms = configuration_.tried_ms = started_ms_;
}

App::~App() = default;

Result<> App::run()
{
    // SIGPIPE would end us when a browser leaves; the write says it well enough.
    std::signal(SIGPIPE, SIG_IGN);
    // From here on: one that comes while we start is not lost, and does not kill us.
    net::signal_set hang_up(io_, SIGHUP), end(io_, SIGTERM, SIGINT);
    if (auto opened = open(); !opened) {
        stop();
        return opened;
    }
    net::co_spawn(io_, live(hang_up, end), log_end);
    service::ready();
    log::info("ready version={} gateway={} dashboard={}", version, config_.gateway.id,
              dashboard_url(config_, server_->port()));
    io_.run();
    stop();
    return {};
}

Result<> App::open()
{
    if (auto done = resolve_files(config_); !done) return done;
    if (auto done = open_store(); !done) return done;
    if (auto done = open_ways(); !done) return done;
    if (auto done = listen(); !done) return done;
    pipeline_->start();
    posts_->start();
    if (auto done = intake_.start(); !done) return done;
    return downlink_->apply();
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
    store::recall_intervals(notebook_, store_->live(), store_->series().last());

    store::AlarmBook::Bounds bounds;
    bounds.age_ms = config_.store.history_age.count();
    alarm_book_.emplace(config_.gateway.state_directory, bounds);
    if (auto done = intake_.open(config_); !done) return done;
    posts_.emplace(intake_.posts(), PostInlet::Options{.limits = pipeline_options().decode,
                                                       .patience = patience_of_posts(config_.store.commit)});
    pipeline_.emplace(intake_.rings(), *store_, pipeline_options());
    return {};
}

Result<> App::open_ways()
{
    upstreams_.emplace(*store_, config_.gateway, tracer_.tap());
    if (auto good = first_of(upstreams_->prepare(config_.upstreams, config_.rules)); !good) return good;
    if (auto started = upstreams_->apply(); !started) return started;
    downlink_ = std::make_unique<Downlink>(config_, intake_.sessions());
    if (auto good = first_of(downlink_->prepare(config_)); !good) return good;
    downlink_->part();
    requests_ =
        std::make_unique<Requests>([this](const std::string& broker) { return intake_.connected(broker); });
    if (auto good = first_of(requests_->prepare(config_)); !good) return good;
    requests_->apply();  // before the pipeline, which asks by it
    return {};
}

Result<> App::open_accounts()
{
    if (!config_.web.accounts) return {};
    auto options = accounts_options(config_);
    if (!options) return options.error();
    auto opened = web::Accounts::open(std::move(*options));
    if (!opened) return opened.error();
    accounts_ = std::move(*opened);
    return {};
}

Result<> App::listen()
{
    if (auto done = open_accounts(); !done) return done;
    if (!accounts_) log::warning("accounts_off effect=\"whoever reaches the dashboard's port is admin\"");
    server_ = std::make_unique<web::Server>(io_, *store_, facts_for_web(), web_options(config_));
    return server_->listen();
}

// Beginning to end: nothing more comes in, what is in the ring is taken, upstreams end, the rest is
// committed.
void App::stop()
{
    service::stopping();
    if (downlink_) downlink_->stop();
    if (requests_) requests_->stop();
    intake_.stop();
    if (posts_) posts_->stop();
    if (pipeline_) pipeline_->stop();
    if (upstreams_) upstreams_->stop();
    if (!store_) return;
    if (auto done = store_->flush(); !done)
        log::error("not everything could be committed: {}", done.error().what);
    else if (pipeline_)
        pipeline_->keep_state();
    store::note_intervals(store_->live(), notebook_);
    notebook_.close();
    if (posts_) posts_->answer_rest();
    intake_.tidy();
    log::info("stopped");
}

net::awaitable<void> App::live(net::signal_set& hang_up, net::signal_set& end)
{
    using namespace net::experimental::awaitable_operators;
    co_await (tick() || await_signal(end) || reloads(hang_up));
    server_->stop();
}

net::awaitable<void> App::await_signal(net::signal_set& end)
{
    const int number = co_await end.async_wait(net::use_awaitable);
    log::info("stopping signal={}", number);
}

net::awaitable<void> App::tick()
{
    constexpr int looks_a_second = 4;
    net::steady_timer timer(io_);
    for (int looks = 0;; ++looks) {
        if (looks % looks_a_second == 0) {
            look();
            net::post(aside_, [this] { keep_notes(); });
            // This loop is the web's, so the web works; a watchdog that is not fed has us started anew.
            if (pipeline_->alive() && store_works_) service::alive();
        }
        look_at_load();
        timer.expires_after(std::chrono::milliseconds(1000 / looks_a_second));
        co_await timer.async_wait(net::use_awaitable);
    }
}

// The card may take its time with it.
void App::keep_notes()
{
    constexpr std::int64_t intervals_every_ms = 60'000;
    const auto now = boot_ms();
    if (now - intervals_noted_ms_ >= intervals_every_ms) {
        intervals_noted_ms_ = now;
        store::note_intervals(store_->live(), notebook_);
    }
    notebook_.look(now);
}

void App::look()
{
    tracer_.look();
    const auto now = boot_ms();
    const auto usage = process_usage();
    cpu_seconds_ = usage.cpu_seconds;
    rss_bytes_ = usage.rss_bytes;
    memory_in_use_ = memory_in_use();
    cpu_celsius_ = cpu_celsius();
    cpu_.look(now, usage.cpu_seconds * 100);
    messages_.look(now, static_cast<double>(pipeline_->messages()));
    readings_.look(now, static_cast<double>(pipeline_->readings()));
}

void App::look_at_load()
{
    const auto state = store_->state();
    const auto now = boot_ms();
    store_works_ = store_watch_.look(state.pending > 0, !state.trouble.empty(), state.commits.count, now);
    commits_.look(now, static_cast<double>(state.commits.count));
    commit_seconds_.look(now, state.commits.seconds);
    const auto commits = commits_.per_second();
    const auto may_wait = static_cast<double>(store::StoreOptions{}.pending_readings);
    const auto cores = std::max(1U, std::thread::hardware_concurrency());
    const LoadMeasure measure{.ring = intake_.fullest(),
                              .pending = static_cast<double>(state.pending) / may_wait,
                              .commit_s = commits > 0 ? commit_seconds_.per_second() / commits : 0,
                              .cpu = cpu_.per_second() / 100 / cores,
                              .memory = memory_in_use_};
    posts_->hold_off(!state.trouble.empty());
    if (!load_.look(measure, now)) return;
    pipeline_->press(load_.level());
    posts_->press(load_.level());
    const auto line =
        fmt::format("load_level level={} was={} why={} effect={}", load_.level(), load_.level_before(),
                    log::quoted(load_.why()), log::quoted(meaning_of(load_.level())));
    if (load_.level() > load_.level_before())
        log::warning("{}", line);
    else
        log::info("{}", line);
}

web::GatewayFacts App::facts() const
{
    web::GatewayFacts facts;
    facts.gateway = config_.gateway.id;
    facts.version = version;
    facts.messages_per_s = messages_.per_second();
    facts.readings_per_s = readings_.per_second();
    facts.ring_bytes = intake_.used_bytes();
    facts.ring_bytes_most = intake_.capacity_bytes();
    facts.cpu_percent = cpu_.per_second();
    facts.cpu_seconds = cpu_seconds_;
    facts.rss_bytes = rss_bytes_;
    facts.cpu_celsius = cpu_celsius_;
    facts.started_ms = started_ms_;
    facts.store = store_->state();
    facts.card_endurance = config_.store.card_endurance.count;
    facts.commands = downlink_->book().counts();
    facts.commands_allowed = config_.commands.allow;
    facts.alarms = alarm_book_->counts();
    facts.clock_synchronised = clock_synchronised();
    facts.zone = zone_;
    facts.brokers = intake_.facts();
    facts.load = {load_.level(), stretch_at(load_.level()), load_.why(),
                  std::string(meaning_of(load_.level()))};
    facts.relearned = pipeline_->renamed();
    const auto devices = pipeline_->liveness().counts();
    facts.devices = std::accumulate(devices.begin(), devices.end(), std::size_t{0});
    facts.devices_offline = devices[static_cast<std::size_t>(Presence::offline)];
    facts.devices_stale = devices[static_cast<std::size_t>(Presence::stale)];
    facts.configuration = configuration_;
    if (accounts_) facts.accounts = accounts_->counts();
    facts.upstreams = upstreams_->facts(facts.store);
    return facts;
}

DecodingFacts App::decoding_facts() const
{
    return {.absent = pipeline_->absent(),
            .facts = pipeline_->facts(),
            .windows = pipeline_->windows(),
            .refusals = pipeline_->refusals(),
            .renamed = pipeline_->renamed(),
            .devices = pipeline_->liveness().counts(),
            .requests = requests_->facts(),
            .posts = posts_->counts()};
}

std::vector<web::DeviceFacts> App::devices() const
{
    std::vector<web::DeviceFacts> facts;
    for (auto& device : pipeline_->liveness().devices())
        facts.push_back({std::move(device.name), std::string(to_string(device.presence)), device.since_ms,
                         std::move(device.why), device.series, device.heard_ms,
                         std::move(device.availability)});
    return facts;
}

web::Facts App::facts_for_web()
{
    web::Facts handed;
    handed.gateway = [this] { return facts(); };
    handed.metrics = [this] {
        return metrics_text(facts(), decoding_facts(), store_->series().last(), server_->live_facts(),
                            downlink_->links(), server_->counts());
    };
    handed.retry_upstream = [this](const std::string& id) { upstreams_->retry_now(id); };
    handed.dead_letters = &upstreams_->dead_letters();
    handed.command = [this](const std::string& body) { return downlink_->take(body); };
    handed.commands = &downlink_->book();
    handed.alarms = &*alarm_book_;
    handed.begin_trace = [this](const std::string& filter, std::int64_t seconds) {
        return tracer_.begin(filter, seconds, upstreams_->names());
    };
    handed.post = [this](web::Post post, web::PostDone done) {
        posts_->take(std::move(post), std::move(done));
    };
    handed.trace = [this] { return tracer_.json(); };
    handed.command_links = [this] { return downlink_->links(); };
    handed.devices = [this] { return devices(); };
    handed.accounts = accounts_.get();
    handed.notebook = &notebook_;
    add_insight(handed);
    return handed;
}

void App::add_insight(web::Facts& handed)
{
    handed.decode = [this](const std::string& body) { return trials_.take(body); };
    handed.last_messages = [this](const std::vector<std::string>& topics) {
        return messages_seen_.last(topics);
    };
    handed.rejected_messages = [this] { return messages_seen_.rejected(wall_ms()); };
    handed.configuration = [this] { return as_toml(config_); };
    handed.alarm_rules = [this] { return alarm_rules(); };
    handed.controls = [this] { return controls(); };
}

std::vector<web::ControlFacts> App::controls() const
{
    std::vector<web::ControlFacts> facts;
    for (auto& control : pipeline_->controls())
        facts.push_back({std::move(control.topic), std::move(control.pointer), std::move(control.name),
                         std::move(control.device), std::string(to_string(control.kind)),
                         std::move(control.command), std::move(control.shape), std::move(control.values),
                         control.least, control.most, control.step, std::move(control.unit)});
    return facts;
}

std::vector<web::AlarmRuleFacts> App::alarm_rules() const
{
    std::vector<web::AlarmRuleFacts> facts;
    for (const auto& setting : config_.alarms) {
        const auto rule = compiled(setting);
        facts.push_back(
            {rule.name, setting.severity, std::string(to_string(rule.kind)), rule.limit_text, rule.clear});
    }
    return facts;
}

}  // namespace tidegate::gateway

// What the gateway does when it is told to read its configuration again: docs/decisions/0023.
#include "base/clock.hpp"
#include "base/log.hpp"
#include "gateway/app.hpp"
#include "gateway/config/changes.hpp"
#include "gateway/config/secrets.hpp"
#include "gateway/service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>
#include <pthread.h>
#include <utility>

namespace tidegate::gateway {

namespace net = boost::asio;

namespace {

net::awaitable<void> call(std::function<void()>& work)
{
    ::pthread_setname_np(::pthread_self(), "tg-reload");
    work();
    co_return;
}

std::string brokers_of(const Config& config)
{
    std::string all;
    for (const auto& broker : config.brokers) all += fingerprint(broker);
    return all;
}

void add(std::vector<std::string>& problems, const std::vector<Error>& wrong)
{
    for (const auto& error : wrong) problems.push_back(error.what);
}

}  // namespace

net::awaitable<void> App::reloads(net::signal_set& hang_up)
{
    for (;;) {
        co_await hang_up.async_wait(net::use_awaitable);
        service::reloading();
        try {
            co_await reload();
        } catch (const std::exception& failure) {
            refuse({failure.what()});
        }
        service::ready();
    }
}

net::awaitable<void> App::aside(std::function<void()>& work)
{
    auto executor = aside_.get_executor();
    co_await net::co_spawn(executor, call(work), net::use_awaitable);
}

// First everything that can be found wrong is, while all goes on as before. Then what goes takes its leave,
// which may take seconds, beside the loop. What comes then is put in its place in one go.
net::awaitable<void> App::reload()
{
    LoadedConfig loaded;
    std::function<void()> read = [&] { loaded = read_config(file_); };
    co_await aside(read);
    auto problems = prepare(loaded);
    if (!problems.empty()) {
        refuse(std::move(problems));
        co_return;
    }
    bool other_brokers = brokers_of(loaded.config) != brokers_of(config_);
    std::function<void()> part = [&] {
        if (other_brokers) requests_->stop();
        downlink_->part();
        intake_.part();
        upstreams_->part();
    };
    co_await aside(part);
    apply(loaded, other_brokers);
}

std::vector<std::string> App::prepare(LoadedConfig& loaded)
{
    auto restart = keep_what_needs_a_restart(config_, loaded.config);
    finish(loaded);
    auto problems = std::move(loaded.problems);
    if (!problems.empty()) return problems;
    add(problems, resolve_all_files(loaded.config));
    if (!problems.empty()) return problems;
    add(problems, upstreams_->prepare(loaded.config.upstreams, loaded.config.rules));
    add(problems, intake_.prepare(loaded.config));
    if (problems.empty()) add(problems, downlink_->prepare(loaded.config));
    if (problems.empty()) configuration_.needs_restart = std::move(restart);
    return problems;
}

void App::apply(const LoadedConfig& loaded, bool other_brokers)
{
    config_ = loaded.config;
    std::vector<Error> wrong;
    const auto note = [&](const Result<>& done) {
        if (!done) wrong.push_back(done.error());
    };
    note(upstreams_->apply());
    intake_.adopt();
    pipeline_->apply(pipeline_options(), intake_.rings());
    note(intake_.start());
    note(downlink_->apply());
    if (other_brokers) {
        const auto opened = open_requests();
        note(opened);
        if (opened) requests_->start();
    }
    server_->set_connections(static_cast<std::size_t>(config_.web.connections));

    configuration_.loaded_ms = configuration_.tried_ms = wall_ms();
    ++configuration_.applied;
    configuration_.problems.clear();
    add(configuration_.problems, wrong);
    for (const auto& error : wrong) log::error("reload_incomplete why={}", log::quoted(error.what));
    for (const auto& key : configuration_.needs_restart)
        log::warning("reload key={} has changed and needs a restart", key);
    log::info("reloaded files={} brokers={} upstreams={}", loaded.files.size(), config_.brokers.size(),
              config_.upstreams.size());
}

void App::refuse(std::vector<std::string> problems)
{
    configuration_.tried_ms = wall_ms();
    ++configuration_.refused;
    for (const auto& problem : problems) log::error("reload_refused why={}", log::quoted(problem));
    log::error("reload_refused problems={} the configuration of before stays in effect", problems.size());
    configuration_.problems = std::move(problems);
}

}  // namespace tidegate::gateway

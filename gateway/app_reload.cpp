// What the gateway does when it is told to read its configuration again: docs/decisions/0023.
#include "base/clock.hpp"
#include "base/log.hpp"
#include "gateway/app.hpp"
#include "gateway/config/changes.hpp"
#include "gateway/config/secrets.hpp"
#include "gateway/rules/history_ages.hpp"
#include "gateway/service.hpp"
#include "gateway/web_options.hpp"

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
        } catch (const boost::system::system_error&) {
            throw;  // we are to stop
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
// which may take seconds. Both beside the loop. What comes then is put in its place in one go.
net::awaitable<void> App::reload()
{
    Prepared prepared;
    std::function<void()> work = [&] { prepared = prepare(); };
    co_await aside(work);
    const bool good = prepared.problems.empty();
    if (good) {
        work = [this] { part(); };
        co_await aside(work);
        apply(std::move(prepared));
    } else {
        refuse(std::move(prepared.problems));
    }
    work = [this] { discard(); };
    co_await aside(work);
}

App::Prepared App::prepare()
{
    Prepared prepared{read_config(file_), {}, {}};
    auto& loaded = prepared.loaded;
    auto& problems = prepared.problems;
    prepared.needs_restart = keep_what_needs_a_restart(config_, loaded.config);
    finish(loaded);
    problems = std::move(loaded.problems);
    if (problems.empty()) add(problems, resolve_all_files(loaded.config));
    if (!problems.empty()) return prepared;
    add(problems, upstreams_->prepare(loaded.config.upstreams, loaded.config.rules));
    add(problems, intake_.prepare(loaded.config));
    if (problems.empty()) add(problems, downlink_->prepare(loaded.config));
    if (problems.empty()) add(problems, requests_->prepare(loaded.config));
    return prepared;
}

void App::part()
{
    requests_->part();
    downlink_->part();
    intake_.part();
    upstreams_->part();
}

void App::discard()
{
    requests_->discard();
    downlink_->discard();
    intake_.discard();
    upstreams_->discard();
}

void App::apply(Prepared prepared)
{
    config_ = std::move(prepared.loaded.config);
    trials_.use(config_);
    std::vector<Error> wrong;
    const auto note = [&](const Result<>& done) {
        if (!done) wrong.push_back(done.error());
    };
    note(upstreams_->apply());
    intake_.adopt();
    pipeline_->apply(pipeline_options(), intake_.rings());
    store_->use(history_ages(config_.rules));
    posts_->set_limits(pipeline_options().decode);
    note(intake_.start());
    note(downlink_->apply());
    requests_->apply();
    server_->set_limits(web_limits(config_));
    if (accounts_) accounts_->hold_to(static_cast<std::size_t>(config_.web_limits.sessions_each));

    configuration_.loaded_ms = configuration_.tried_ms = wall_ms();
    ++configuration_.applied;
    configuration_.problems.clear();
    configuration_.incomplete.clear();
    configuration_.needs_restart = std::move(prepared.needs_restart);
    add(configuration_.incomplete, wrong);
    for (const auto& error : wrong) log::error("reload_incomplete why={}", log::quoted(error.what));
    for (const auto& key : configuration_.needs_restart)
        log::warning("reload key={} has changed and needs a restart", key);
    log::info("reloaded files={} brokers={} upstreams={}", prepared.loaded.files.size(),
              config_.brokers.size(), config_.upstreams.size());
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

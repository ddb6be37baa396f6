#include "firmware-sim/simulation.hpp"

#include "firmware-sim/pacer.hpp"
#include "firmware-sim/publisher.hpp"
#include "firmware-sim/sources.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tidegate::sim {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto drain_time = seconds(10);
constexpr auto reconnect_pause = milliseconds(100);

std::int64_t wall_ms()
{
    using std::chrono::system_clock;
    return std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

double cpu_seconds()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto in_seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return in_seconds(used.ru_utime) + in_seconds(used.ru_stime);
}

class Simulation {
public:
    explicit Simulation(const Options& options)
        : options_(options),
          source_(source_of(options)),
          publisher_(options),
          pacer_(options.rate, options.ramp)
    {
    }

    Account run()
    {
        keep_connected();
        started_ = Clock::now();
        while (!stop_ && !time_is_up() && !source_->ended()) step();
        drain();
        if (terminal_) fmt::print(stderr, "\n");
        return final_account();
    }

private:
    bool time_is_up() const
    {
        return options_.duration > 0 &&
               Clock::now() - started_ >= std::chrono::duration<double>(options_.duration);
    }

    std::int64_t elapsed_us() const
    {
        return std::chrono::duration_cast<microseconds>(Clock::now() - started_).count();
    }

    // Sleeps; a signal ends the sleep and the simulation.
    void pause(microseconds time)
    {
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        const timespec most{.tv_sec = time.count() / 1'000'000, .tv_nsec = time.count() % 1'000'000 * 1000};
        if (sigtimedwait(&signals, nullptr, &most) > 0) stop_ = true;
    }

    void step()
    {
        keep_connected();
        publish_due();
        report();
        // A few milliseconds' worth at once: fewer wake-ups cost less CPU, here and in the programs that are
        // measured.
        const auto [shortest, longest] =
            publisher_.room() > 0 ? std::pair(5'000, 50'000) : std::pair(1'000, 1'000);
        pause(microseconds(wait_us(shortest, longest)));
    }

    void publish_due()
    {
        const auto own_time = source_->due_us();
        if (!own_time) {
            for (auto due = pacer_.due(elapsed_us(), publisher_.room()); due > 0 && publisher_.connected();
                 --due)
                publisher_.publish(source_->next(wall_ms()));
            return;
        }
        const auto now_us = elapsed_us();
        for (auto room = publisher_.room(); room > 0 && publisher_.connected() && !source_->ended(); --room) {
            if (source_->due_us() > now_us) return;
            publisher_.publish(source_->next(wall_ms()));
        }
    }

    std::int64_t wait_us(std::int64_t shortest, std::int64_t longest) const
    {
        const auto own_time = source_->due_us();
        if (!own_time) return pacer_.wait_us(elapsed_us(), shortest, longest);
        return std::clamp(*own_time - elapsed_us(), shortest, longest);
    }

    void keep_connected()
    {
        bool told = false;
        while (!stop_ && !publisher_.connected()) {
            write_acknowledged();
            const auto fault = publisher_.connect();
            if (fault.empty()) {
                fmt::print(stderr, "connected to {}:{}\n", options_.host, options_.port);
                return;
            }
            if (!std::exchange(told, true))
                fmt::print(stderr, "cannot reach the broker at {}:{}: {}; trying again\n", options_.host,
                           options_.port, fault);
            pause(reconnect_pause);
            if (draining_until_ && Clock::now() >= *draining_until_) return;
        }
    }

    void drain()
    {
        stop_ = false;  // a second signal ends the waiting too
        draining_until_ = Clock::now() + drain_time;
        auto farewell = publisher_.connected() ? source_->farewell() : std::vector<Message>{};
        auto next = farewell.begin();
        while (!stop_ && Clock::now() < *draining_until_) {
            for (; next != farewell.end() && publisher_.room() > 0; ++next)
                publisher_.publish(std::move(*next));
            if (next == farewell.end() && publisher_.waiting() == 0) break;
            report();
            pause(milliseconds(1));
            keep_connected();
        }
        publisher_.disconnect(publisher_.waiting() == 0 ? seconds(10) : seconds(1));
        write_acknowledged();
    }

    void report()
    {
        const auto now = Clock::now();
        if (now >= next_flush_) {
            next_flush_ = now + milliseconds(50);
            write_acknowledged();
        }
        if (!terminal_ || now < next_progress_) return;
        next_progress_ = now + seconds(1);
        const auto account = publisher_.account();
        fmt::print(stderr, "\r\x1b[K{}{} published, {} acknowledged ({}/s), {} waiting, {:.1f} ms (99 %){}",
                   pace(), account.published, account.acknowledged, account.acknowledged - last_shown_,
                   publisher_.waiting(), account.puback.quantile_ms(0.99),
                   account.reconnects > 0 ? fmt::format(", {} reconnects", account.reconnects) : "");
        last_shown_ = account.acknowledged;
    }

    // How far it is, and what it is up to.
    std::string pace() const
    {
        const auto passed = elapsed_us() / 1'000'000;
        auto text = options_.duration > 0 ? fmt::format("{} of {:.0f} s", passed, options_.duration)
                                          : fmt::format("{} s", passed);
        if (options_.ramp > 0 && static_cast<double>(passed) < options_.ramp)
            text += fmt::format(", rising: {:.0f}/s", pacer_.rate(elapsed_us()));
        return text + ": ";
    }

    // A whole file at any time: written beside, then renamed.
    void write_acknowledged() const
    {
        if (options_.acked_file.empty()) return;
        const auto beside = options_.acked_file + ".new";
        std::ofstream(beside) << publisher_.acknowledged_numbers();
        std::filesystem::rename(beside, options_.acked_file);
    }

    Account final_account() const
    {
        auto account = publisher_.account();
        const auto end = std::max(started_, publisher_.last_acknowledged());
        account.seconds = std::chrono::duration<double>(end - started_).count();
        account.cpu_seconds = cpu_seconds();
        account.faults = source_->faults();
        return account;
    }

    const Options& options_;
    std::unique_ptr<Source> source_;
    Publisher publisher_;
    Pacer pacer_;
    const bool terminal_ = isatty(STDERR_FILENO) == 1;
    bool stop_ = false;
    Clock::time_point started_{};
    Clock::time_point next_flush_{};
    Clock::time_point next_progress_{};
    std::optional<Clock::time_point> draining_until_;
    std::uint64_t last_shown_ = 0;
};

}  // namespace

Account simulate(const Options& options)
{
    return Simulation(options).run();
}

}  // namespace tidegate::sim

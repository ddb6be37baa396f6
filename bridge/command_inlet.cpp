#include "bridge/command_inlet.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/pause.hpp"

#include <pthread.h>
#include <utility>

namespace tidegate::bridge {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t ring_bytes = IntakeRing::least_capacity;
constexpr auto look_again = 500ms;
constexpr auto try_again = 2000ms;
constexpr std::size_t longest_thread_name = 15;

}  // namespace

CommandInlet::CommandInlet(SubscriberOptions options,
                           std::unique_ptr<IntakeRing> ring,
                           std::string upstream,
                           CommandDesk& desk)
    : upstream_(std::move(upstream)),
      desk_(desk),
      ring_(std::move(ring)),
      subscriber_(std::move(options), *ring_)
{
}

Result<std::unique_ptr<CommandInlet>> CommandInlet::open(SubscriberOptions options,
                                                         const std::filesystem::path& ring_file,
                                                         std::string upstream,
                                                         CommandDesk& desk)
{
    auto ring = IntakeRing::open(ring_file, ring_bytes);
    if (!ring) return ring.error();
    return std::make_unique<CommandInlet>(std::move(options), std::move(*ring), std::move(upstream), desk);
}

CommandInlet::~CommandInlet()
{
    stop();
}

Result<> CommandInlet::start()
{
    thread_ = std::jthread([this](const std::stop_token& stop) {
        const auto name = "tg-down-" + upstream_;
        ::pthread_setname_np(::pthread_self(), name.substr(0, longest_thread_name).c_str());
        run(stop);
    });
    return subscriber_.start();
}

void CommandInlet::stop()
{
    subscriber_.stop();
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

// Takes as fast as Paho gives, or refuses: a ring that fills up would hold up every other client of Paho's.
void CommandInlet::run(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        ring_->wait(stop, look_again);
        while (const auto message = ring_->next()) {
            if (!take(*message, stop)) return;
            ring_->release(ring_->position());
        }
    }
}

// What cannot be written down, or finds too many before it, was acknowledged all the same: it waits here.
bool CommandInlet::take(const Message& message, const std::stop_token& stop)
{
    const auto* wrong = message.oversize ? "it is too large"
                        : message.retained
                            ? "it is retained: a command is said once, not to all who ever come"
                            : nullptr;
    if (wrong == nullptr) {
        for (;;) {
            const auto taken = desk_.take(message.payload, upstream_);  // the desk says what becomes of it
            const bool later = !taken && (taken.error().kind == ErrorKind::full ||
                                          taken.error().kind == ErrorKind::unavailable);
            if (!later) return true;
            waits_.say(log::Level::warning, upstream_, boot_ms(), "command_waits from={} why={}",
                       log::quoted("upstream " + upstream_), log::quoted(taken.error().what));
            if (stopped_within(try_again, stop)) return false;
        }
    }
    log::warning("command_refused from={} why={}", log::quoted("upstream " + upstream_), log::quoted(wrong));
    return true;
}

}  // namespace tidegate::bridge

#include "gateway/rules/window_stage.hpp"

#include "base/log.hpp"

#include <chrono>

namespace tidegate::gateway {

namespace {

// A clock that is not set so long after the boot is one that nobody sets; the store waits as long.
constexpr std::int64_t patience_ms = std::chrono::milliseconds(std::chrono::minutes(5)).count();

}  // namespace

WindowStage::WindowStage(
    store::Store& store, StateLog& log, WindowSpecs specs_of, DerivedSeries& derived, ClockSource clock)
    : store_(store),
      log_(log),
      specs_of_(std::move(specs_of)),
      clock_(std::move(clock)),
      windows_(store_.series(), derived, log_),
      moment_(moment())
{
}

Moment WindowStage::moment()
{
    settled_ = settled_ || clock_.synchronised() || clock_.boot_ms() >= patience_ms;
    return {clock_.wall_ms(), settled_};
}

bool WindowStage::begin(store::Batch& batch, const std::stop_token& stop)
{
    if (!log_.lost()) return false;
    const auto taken = rebuild_windows(store_, specs_of_, windows_, moment(), batch, stop);
    if (!taken) {
        if (!stop.stop_requested()) log::error("windows begin anew: {}", taken.error().what);
        return !stop.stop_requested();
    }
    windows_.save();
    if (*taken > 0)
        log::info("windows opened again from the store windows={} readings={}", windows_.open(), *taken);
    return true;
}

void WindowStage::finish(std::int64_t passed_ms, store::Batch& batch)
{
    if (due(passed_ms)) windows_.close_due({passed_ms, moment_.settled}, batch);
    windows_.save();
    late_ = windows_.counts().late;
    unsynchronised_ = windows_.counts().unsynchronised;
    refused_ = windows_.counts().refused;
}

}  // namespace tidegate::gateway

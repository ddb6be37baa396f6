#include "gateway/rules/change_filter.hpp"

#include <cmath>

namespace tidegate::gateway {

namespace {

// Booleans and texts have no distance.
bool within(const Deadband& deadband, const store::Value& kept, const store::Value& value)
{
    if (std::holds_alternative<bool>(kept) || std::holds_alternative<bool>(value)) return false;
    const auto from = store::as_number(kept), to = store::as_number(value);
    const auto band = deadband.percent ? std::abs(from) * deadband.amount / 100 : deadband.amount;
    return std::abs(to - from) < band;  // false for text, which is NaN
}

std::optional<store::Suppress> no_news(const Settings& settings,
                                       const store::Value& kept,
                                       const store::Value& value)
{
    if (settings.on_change && kept == value) return store::Suppress::unchanged;
    if (settings.deadband && within(*settings.deadband, kept, value)) return store::Suppress::deadband;
    return std::nullopt;
}

}  // namespace

std::optional<store::Suppress> ChangeFilter::judge(const store::Reading& reading, const Settings& settings)
{
    if (!settings.on_change && !settings.deadband) return std::nullopt;
    if (reading.series >= kept_.size()) kept_.resize(reading.series + std::size_t{1});
    auto& kept = kept_[reading.series];
    const auto age_ms = reading.time_ms - kept.time_ms;
    const auto heartbeat_ms = settings.heartbeat.count();
    const bool held = kept.any && age_ms >= 0 && (heartbeat_ms == 0 || age_ms < heartbeat_ms);
    if (held)
        if (const auto why = no_news(settings, kept.value, reading.value)) return why;
    kept = {reading.value, reading.time_ms, true};
    return std::nullopt;
}

}  // namespace tidegate::gateway

#include "web/server/buffer_state.hpp"

#include <algorithm>

namespace tidegate::web {
namespace {

constexpr std::int64_t window_ms = 60'000;
constexpr std::int64_t shortest_ms = 10'000;  // a trend over less says nothing

}  // namespace

void FillTrend::add(std::int64_t boot_ms, std::uint64_t held)
{
    samples_.push_back({boot_ms, held});
    while (samples_.front().boot_ms < boot_ms - window_ms) samples_.pop_front();
}

std::optional<std::int64_t> FillTrend::seconds_until_full(const store::StoreState& store) const
{
    if (samples_.empty() || store.bytes_a_reading <= 0) return std::nullopt;
    const Sample& first = samples_.front();
    const Sample& last = samples_.back();
    const std::int64_t span_ms = last.boot_ms - first.boot_ms;
    if (span_ms < shortest_ms || last.held <= first.held) return std::nullopt;
    if (store.held_bytes >= store.held_bytes_most) return 0;
    const double bytes_per_s = static_cast<double>(last.held - first.held) * store.bytes_a_reading * 1000 /
                               static_cast<double>(span_ms);
    return static_cast<std::int64_t>(static_cast<double>(store.held_bytes_most - store.held_bytes) /
                                     bytes_per_s);
}

std::uint64_t queued(const UpstreamFacts& upstream, const store::StoreState& store)
{
    return upstream.books.queued(store.last_seq);
}

BufferState buffer_state(const GatewayFacts& facts, std::int64_t now_ms)
{
    BufferState state;
    for (const auto& upstream : facts.upstreams) {
        state.lost += store::lost(upstream.books.discarded);
        const std::uint64_t owed = queued(upstream, facts.store);
        if (owed <= state.held) continue;
        state.held = owed;
        state.oldest_s =
            upstream.oldest_ms == 0 ? 0 : std::max<std::int64_t>(0, now_ms - upstream.oldest_ms) / 1000;
    }
    if (facts.store.held_bytes_most != 0) {
        const double share =
            static_cast<double>(facts.store.held_bytes) / static_cast<double>(facts.store.held_bytes_most);
        state.level = std::min(1.0, share);
    }
    return state;
}

}  // namespace tidegate::web

#include "store/books.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tidegate::store {

std::string_view to_string(Reject reason)
{
    switch (reason) {
    case Reject::empty: return "empty";
    case Reject::too_large: return "too_large";
    case Reject::too_deep: return "too_deep";
    case Reject::too_many_fields: return "too_many_fields";
    case Reject::malformed: return "malformed";
    case Reject::not_utf8: return "not_utf8";
    case Reject::no_reading: return "no_reading";
    case Reject::series_limit: return "series_limit";
    case Reject::redelivered: return "redelivered";
    case Reject::sampled: return "sampled";
    case Reject::pressure: return "pressure";
    }
    return "unknown";
}

std::string_view to_string(Suppress reason)
{
    switch (reason) {
    case Suppress::retained_again: return "retained_again";
    case Suppress::series_limit: return "series_limit";
    case Suppress::disk: return "disk";
    case Suppress::deadband: return "deadband";
    case Suppress::unchanged: return "unchanged";
    case Suppress::pressure: return "pressure";
    }
    return "unknown";
}

std::string_view to_string(Discard reason)
{
    switch (reason) {
    case Discard::buffer_full: return "buffer_full";
    case Discard::damaged: return "damaged";
    case Discard::refused: return "refused";
    case Discard::left_out: return "left_out";
    }
    return "unknown";
}

std::uint64_t sum(const Discards& discards)
{
    return std::accumulate(discards.begin(), discards.end(), std::uint64_t{0});
}

std::uint64_t lost(const Discards& discards)
{
    return sum(discards) - discards.at(static_cast<std::size_t>(Discard::left_out));
}

std::uint64_t UpstreamBooks::done() const
{
    auto done = cursor;
    for (const auto& [after, through] : ahead) done += through - after;
    return done;
}

std::uint64_t UpstreamBooks::queued(std::uint64_t last_seq) const
{
    return last_seq - std::min(last_seq, done());
}

std::uint64_t UpstreamBooks::backlog() const
{
    return ahead.empty() ? 0 : queued(ahead.back().through);
}

std::uint64_t UpstreamBooks::place(Lane lane) const
{
    return lane == Lane::live && !ahead.empty() ? ahead.back().through : cursor;
}

std::uint64_t UpstreamBooks::end(Lane lane) const
{
    const bool bounded = lane == Lane::backlog && !ahead.empty();
    return bounded ? ahead.front().after : std::numeric_limits<std::uint64_t>::max();
}

void UpstreamBooks::move(Lane lane, std::uint64_t seq)
{
    if (lane == Lane::live && !ahead.empty()) {
        ahead.back().through = seq;
        return;
    }
    cursor = seq;
    while (!ahead.empty() && cursor >= ahead.front().after) {
        cursor = std::max(cursor, ahead.front().through);
        ahead.erase(ahead.begin());
    }
}

bool UpstreamBooks::split(std::uint64_t seq)
{
    const bool unused = !ahead.empty() && ahead.back().after == ahead.back().through;
    if (seq <= place(Lane::live)) return false;
    if (unused)
        ahead.back() = {seq, seq};
    else if (ahead.size() < most_ahead)
        ahead.push_back({seq, seq});
    else
        return false;
    return true;
}

void Books::add(const Books& more)
{
    received += more.received;
    stored_messages += more.stored_messages;
    for (std::size_t i = 0; i < reject_count; ++i) rejected[i] += more.rejected[i];
    read += more.read;
    stored_readings += more.stored_readings;
    summarised += more.summarised;
    derived += more.derived;
    for (std::size_t i = 0; i < suppress_count; ++i) suppressed[i] += more.suppressed[i];
}

}  // namespace tidegate::store

#include "store/books.hpp"

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
    }
    return "unknown";
}

std::string_view to_string(Suppress reason)
{
    switch (reason) {
    case Suppress::retained_again: return "retained_again";
    case Suppress::series_limit: return "series_limit";
    case Suppress::disk: return "disk";
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

void Books::add(const Books& more)
{
    received += more.received;
    stored_messages += more.stored_messages;
    for (std::size_t i = 0; i < reject_count; ++i) rejected[i] += more.rejected[i];
    read += more.read;
    stored_readings += more.stored_readings;
    for (std::size_t i = 0; i < suppress_count; ++i) suppressed[i] += more.suppressed[i];
}

}  // namespace tidegate::store

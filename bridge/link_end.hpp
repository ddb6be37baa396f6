#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidegate::bridge {

// What ended a connection to a broker, or an attempt at one, so that there was another.
enum class LinkEnd : std::uint8_t {
    unreachable,  // no such name, nobody listens, no TLS, no MQTT
    silent,       // nothing came for too long: a half-open link, or a broker that hangs
    refused,      // the broker said no
    closed,       // the other side ended it, or the network did and said so
    full,         // we let go of it: the intake ring had no room
};
inline constexpr std::size_t link_end_count = 5;
using LinkEnds = std::array<std::uint64_t, link_end_count>;

constexpr std::string_view to_string(LinkEnd end)
{
    constexpr std::array<std::string_view, link_end_count> names{"unreachable", "silent", "refused", "closed",
                                                                 "full"};
    return names.at(static_cast<std::size_t>(end));
}

}  // namespace tidegate::bridge

#pragma once

#include "gateway/decode/availability.hpp"
#include "gateway/decode/decoded.hpp"

#include <cstdint>
#include <string_view>

namespace tidegate::gateway {

enum class Said : std::uint8_t { nothing, online, offline };

// What a message on an availability topic says, in the words of this topic. `decoded`: the same message; it
// may be a rejected one ("unavailable" is no value, and still a word).
Said said_by(const AvailabilityTopic& topic, std::string_view payload, const Decoded& decoded);

// Of a word as devices use it, in any case: "Online", "lost", true, 0 … Nothing: it is none of them.
Said usual_word(std::string_view word);

}  // namespace tidegate::gateway

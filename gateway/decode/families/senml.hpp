#pragma once

#include "gateway/decode/decoded.hpp"

#include <optional>

namespace tidegate::gateway {

// SenML (RFC 8428) of a JSON array that was read already: base values are added, names and units and times
// come from the records. What a value is of is its resolved name (bn + n), not its place in the pack: "dev:a"
// is the pointer "/dev:a", its sum "/dev:a/s"; a name's later values are the same series at other times. A
// time below relative_below_ms is relative to when the pack came (4.5.3). None: it is no SenML pack.
inline constexpr std::int64_t relative_below_ms = 268'435'456'000;  // 2**28 s

std::optional<Decoded> as_senml(const Decoded& json);

}  // namespace tidegate::gateway

#pragma once

#include "store/intake_position.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::gateway {

// Whose state it is. The numbers are in files: never given anew.
enum class StateKind : std::uint8_t { window = 1, summary = 2, alarm = 3 };

struct StateKey {
    StateKind kind{};
    std::uint32_t series = 0;  // or whatever the kind counts by
    std::uint32_t extra = 0;
    bool operator==(const StateKey&) const = default;
};

// A record of the state log: u32 bytes of the payload, u32 its CRC-32C, the payload. That is positions
// (varint count; u64 ring, varint tail each) and states (varint count; u8 kind, varint series, varint extra,
// u8 whether it is there, its text each).
struct StateRecord {
    store::IntakePositions positions;
    std::vector<std::pair<StateKey, std::optional<std::string_view>>> states;  // none: it is no more

    std::string bytes() const;

    // Takes the first one from `rest`; its views point there. None: it is torn or damaged, or there is none.
    static std::optional<StateRecord> take(std::string_view& rest);
};

}  // namespace tidegate::gateway

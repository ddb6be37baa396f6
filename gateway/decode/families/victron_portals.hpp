#pragma once

#include "gateway/decode/knowledge.hpp"

#include <cstdint>
#include <string_view>

namespace tidegate::gateway {

// The Victron installations that were heard, by their portal id: a GX device stops publishing when nobody has
// asked it to go on for a minute.
class VictronPortals {
public:
    static constexpr std::size_t most = 64;
    static constexpr std::int64_t asks_every_ms = 30'000;

    // Heard now. True: it is to be asked to go on.
    bool heard(std::string_view portal, std::int64_t now_ms)
    {
        auto found = asked_ms_.find(portal);
        if (found == asked_ms_.end()) {
            if (asked_ms_.size() >= most) return false;
            found = asked_ms_.emplace(std::string(portal), 0).first;
        }
        if (now_ms - found->second < asks_every_ms) return false;
        found->second = now_ms;
        return true;
    }

private:
    ByText<std::int64_t> asked_ms_;
};

}  // namespace tidegate::gateway

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tidegate::web {

// Makes guessing slow: after a wrong password, the next one from the same address for the same user is looked
// at only after a second, then two, four … a minute. Whoever comes from elsewhere, or is another user, is not
// held up by it, so nobody can lock another out: an address may be a whole household, or a proxy. Whoever
// tries many users is bounded by the one password that is hashed at a time. Bounded in memory: where it is
// full, what was quiet the longest is forgotten. One thread at a time.
class LoginThrottle {
public:
    explicit LoginThrottle(std::size_t most = 10'000) : most_(most) {}

    // Seconds until an attempt is looked at; 0: now. `now_ms`: boot clock.
    std::int64_t wait_s(std::string_view address, std::string_view user, std::int64_t now_ms) const;
    void failed(std::string_view address, std::string_view user, std::int64_t now_ms);
    void succeeded(std::string_view address, std::string_view user);

    std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::uint32_t failures = 0;
        std::int64_t last_ms = 0;
    };
    using Entries = std::map<std::string, Entry, std::less<>>;

    const Entry* find(const std::string& key, std::int64_t now_ms) const;
    void make_room(std::int64_t now_ms);

    std::size_t most_;
    Entries entries_;
};

}  // namespace tidegate::web

#pragma once

#include "base/log.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace tidegate::log {

// For what others can make us say without end: of each key some lines in a while, and the others counted. The
// first line after such a while says how many were held back ("held_back=37"); where none comes, settle()
// does. Any thread; one lock, held for a look.
class Limit {
public:
    struct Rules {
        std::uint32_t lines = 3;  // of a key in a window
        std::chrono::milliseconds window = std::chrono::seconds(10);
        std::size_t keys = 64;  // beyond that all others share one
    };
    using Write = std::function<void(Level, std::string_view)>;

    Limit() : Limit(Rules{}) {}
    explicit Limit(Rules rules, Write write = log::write) : rules_(rules), write_(std::move(write)) {}

    // `key`: whatever the lines have in common, such as the name of an upstream. `now_ms`: boot clock.
    template <class... Args>
    void say(Level level,
             std::string_view key,
             std::int64_t now_ms,
             fmt::format_string<Args...> format,
             Args&&... args)
    {
        std::uint64_t held_back = 0;
        if (!admit(key, now_ms, held_back)) return;
        auto line = fmt::format(format, std::forward<Args>(args)...);
        if (held_back > 0) line += fmt::format(" held_back={}", held_back);
        write_(level, line);
    }

    // Says how many lines were held back of keys of which nothing has been said since. Now and then.
    void settle(std::int64_t now_ms);

private:
    struct Key {
        std::int64_t since_ms = 0;  // boot clock, when the window began
        std::uint32_t said = 0;
        std::uint64_t held_back = 0;
    };
    bool admit(std::string_view key, std::int64_t now_ms, std::uint64_t& held_back);
    bool is_over(const Key& key, std::int64_t now_ms) const;

    const Rules rules_;
    const Write write_;
    std::mutex mutex_;
    std::map<std::string, Key, std::less<>> keys_;
};

}  // namespace tidegate::log

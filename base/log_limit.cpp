#include "base/log_limit.hpp"

#include <vector>

namespace tidegate::log {

bool Limit::is_over(const Key& key, std::int64_t now_ms) const
{
    return now_ms - key.since_ms >= rules_.window.count();
}

bool Limit::admit(std::string_view key, std::int64_t now_ms, std::uint64_t& held_back)
{
    const std::scoped_lock lock(mutex_);
    auto found = keys_.find(key);
    if (found == keys_.end() && keys_.size() >= rules_.keys)
        std::erase_if(
            keys_, [&](const auto& one) { return one.second.held_back == 0 && is_over(one.second, now_ms); });
    if (found == keys_.end())
        found = keys_.try_emplace(keys_.size() >= rules_.keys ? std::string() : std::string(key)).first;
    auto& entry = found->second;
    if (entry.said == 0 || is_over(entry, now_ms)) entry = {now_ms, 0, entry.held_back};
    if (entry.said >= rules_.lines) {
        ++entry.held_back;
        return false;
    }
    ++entry.said;
    held_back = std::exchange(entry.held_back, 0);
    return true;
}

void Limit::settle(std::int64_t now_ms)
{
    std::vector<std::pair<std::string, std::uint64_t>> owed;
    {
        const std::scoped_lock lock(mutex_);
        std::erase_if(keys_, [&](const auto& one) {
            const auto& [key, entry] = one;
            if (!is_over(entry, now_ms)) return false;
            if (entry.held_back > 0) owed.emplace_back(key, entry.held_back);
            return true;
        });
    }
    for (const auto& [key, count] : owed)
        write_(Level::warning, fmt::format("lines_held_back about={} count={}", quoted(key), count));
}

}  // namespace tidegate::log

#include "web/accounts/login_throttle.hpp"

#include "web/accounts/network_of.hpp"

#include <algorithm>

namespace tidegate::web {
namespace {

constexpr std::int64_t second_ms = 1000;
constexpr std::int64_t longest_s = 60;
constexpr std::int64_t forgotten_after_ms = 15 * 60 * second_ms;

// No user's name has a space in it.
std::string key_of(std::string_view address, std::string_view user)
{
    return network_of(address) + ' ' + std::string(user);
}

std::int64_t delay_s(std::uint32_t failures)
{
    const std::uint32_t doublings = std::min<std::uint32_t>(failures - 1, 6);
    return std::min(longest_s, std::int64_t{1} << doublings);
}

}  // namespace

const LoginThrottle::Entry* LoginThrottle::find(const std::string& key, std::int64_t now_ms) const
{
    const auto found = entries_.find(key);
    if (found == entries_.end() || now_ms - found->second.last_ms > forgotten_after_ms) return nullptr;
    return &found->second;
}

std::int64_t LoginThrottle::wait_s(std::string_view address, std::string_view user, std::int64_t now_ms) const
{
    const auto* entry = find(key_of(address, user), now_ms);
    if (entry == nullptr) return 0;
    const std::int64_t until = entry->last_ms + delay_s(entry->failures) * second_ms;
    return std::max<std::int64_t>(0, (until - now_ms + second_ms - 1) / second_ms);
}

void LoginThrottle::failed(std::string_view address, std::string_view user, std::int64_t now_ms)
{
    const auto key = key_of(address, user);
    if (find(key, now_ms) == nullptr) entries_.erase(key);
    if (entries_.size() >= most_ && !entries_.contains(key)) make_room(now_ms);
    Entry& entry = entries_[key];
    entry.failures = std::min(entry.failures + 1, std::uint32_t{1000});
    entry.last_ms = now_ms;
}

void LoginThrottle::succeeded(std::string_view address, std::string_view user)
{
    entries_.erase(key_of(address, user));
}

void LoginThrottle::make_room(std::int64_t now_ms)
{
    std::erase_if(entries_,
                  [&](const auto& entry) { return now_ms - entry.second.last_ms > forgotten_after_ms; });
    if (entries_.size() < most_) return;
    const auto quietest =
        std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second.last_ms; });
    entries_.erase(quietest);
}

}  // namespace tidegate::web

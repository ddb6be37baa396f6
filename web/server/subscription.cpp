#include "web/server/subscription.hpp"

#include "base/topic_filter.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::web {
namespace {

template <class T>
std::vector<T> sorted_once(std::vector<T> items)
{
    std::ranges::sort(items);
    items.erase(std::unique(items.begin(), items.end()), items.end());
    return items;
}

}  // namespace

std::string SubscriptionWish::key() const
{
    if (all) return "all";
    std::string result;
    // The length keeps two texts from reading as one.
    const auto append = [&result](char kind, const std::string& text) {
        result += kind + std::to_string(text.size()) + kind + text;
    };
    for (const auto& filter : sorted_once(match)) append('"', filter);
    for (const auto& device : sorted_once(devices)) append('\'', device);
    for (const auto id : sorted_once(ids)) result += ' ' + std::to_string(id);
    return result;
}

Subscription::Subscription(SubscriptionWish wish) : wish_(std::move(wish)), key_(wish_.key())
{
    if (wish_.match.empty()) ids_ = sorted_once(wish_.ids);
    std::ranges::sort(wish_.devices);
}

bool Subscription::matches_one(const store::Series& candidate) const
{
    return std::ranges::binary_search(wish_.devices, candidate.device) ||
           std::ranges::any_of(wish_.match, [&candidate](const std::string& filter) {
               return matches(filter, candidate.topic);
           });
}

bool Subscription::match_anew(const store::SeriesTable& series)
{
    if (wish_.devices.empty()) return false;
    const auto before = std::exchange(ids_, {});
    examined_ = 0;
    extend(series);
    return ids_ != before;
}

void Subscription::extend(const store::SeriesTable& series)
{
    if (wish_.match.empty() && wish_.devices.empty()) return;
    const auto wanted = [this](const store::Series& candidate) { return matches_one(candidate); };
    const store::SeriesId last = series.last();
    constexpr std::size_t page = 1000;
    while (examined_ < last) {
        const auto found = series.list(examined_, page, wanted);
        for (const auto& one : found) ids_.push_back(one.id);
        examined_ = std::max(found.size() == page ? 0 : last, found.empty() ? 0 : found.back().id);
    }
}

}  // namespace tidegate::web

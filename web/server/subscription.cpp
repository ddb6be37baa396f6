#include "web/server/subscription.hpp"

#include "base/topic_filter.hpp"

#include <algorithm>

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
    for (const auto& filter : sorted_once(match)) {
        result += '"' + std::to_string(filter.size()) + '"' +
                  filter;  // the length keeps two filters from reading as one
    }
    for (const auto id : sorted_once(ids)) result += ' ' + std::to_string(id);
    return result;
}

Subscription::Subscription(SubscriptionWish wish) : wish_(std::move(wish)), key_(wish_.key())
{
    if (wish_.match.empty()) ids_ = sorted_once(wish_.ids);
}

void Subscription::extend(const store::SeriesTable& series)
{
    if (wish_.match.empty()) return;
    const auto wanted = [this](const store::Series& candidate) {
        return std::ranges::any_of(wish_.match, [&candidate](const std::string& filter) {
            return matches(filter, candidate.topic);
        });
    };
    const store::SeriesId last = series.last();
    constexpr std::size_t page = 1000;
    while (examined_ < last) {
        const auto found = series.list(examined_, page, wanted);
        for (const auto& one : found) ids_.push_back(one.id);
        examined_ = std::max(found.size() == page ? 0 : last, found.empty() ? 0 : found.back().id);
    }
}

}  // namespace tidegate::web

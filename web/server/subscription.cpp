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
    const std::string scope = read.all() ? std::string() : '[' + read.key() + ']';
    if (all) return "all" + scope;
    std::string result = scope;
    for (const auto& filter : sorted_once(match)) {
        result += '"' + std::to_string(filter.size()) + '"' +
                  filter;  // the length keeps two filters from reading as one
    }
    for (const auto id : sorted_once(ids)) result += ' ' + std::to_string(id);
    return result;
}

Subscription::Subscription(SubscriptionWish wish)
    : wish_(std::move(wish)),
      everything_(wish_.all && wish_.read.all()),
      key_(wish_.key())
{
    wish_.ids = sorted_once(std::move(wish_.ids));
    if (!wish_.ids.empty() && wish_.read.all()) ids_ = wish_.ids;
}

bool Subscription::wanted(const store::Series& series) const
{
    if (!wish_.read.allows(series.topic)) return false;
    if (wish_.all) return true;
    if (wish_.match.empty()) return std::ranges::binary_search(wish_.ids, series.id);
    return std::ranges::any_of(wish_.match,
                               [&](const std::string& filter) { return matches(filter, series.topic); });
}

void Subscription::extend(const store::SeriesTable& series)
{
    const bool as_they_are = !wish_.all && wish_.match.empty() && wish_.read.all();
    if (everything_ || as_they_are) return;
    const store::SeriesId last = series.last();
    constexpr std::size_t page = 1000;
    while (examined_ < last) {
        const auto found =
            series.list(examined_, page, [this](const store::Series& one) { return wanted(one); });
        for (const auto& one : found) ids_.push_back(one.id);
        examined_ = std::max(found.size() == page ? 0 : last, found.empty() ? 0 : found.back().id);
    }
}

}  // namespace tidegate::web

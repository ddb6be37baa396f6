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
    std::string result = read.all() ? std::string() : '[' + read.key() + ']';
    if (all) return "all" + result;
    // The length keeps two texts from reading as one.
    const auto append = [&result](char kind, const std::string& text) {
        result += kind + std::to_string(text.size()) + kind + text;
    };
    for (const auto& filter : sorted_once(match)) append('"', filter);
    for (const auto& device : sorted_once(devices)) append('\'', device);
    for (const auto id : sorted_once(ids)) result += ' ' + std::to_string(id);
    return result;
}

Subscription::Subscription(SubscriptionWish wish)
    : wish_(std::move(wish)),
      everything_(wish_.all && wish_.read.all()),
      key_(wish_.key())
{
    wish_.ids = sorted_once(std::move(wish_.ids));
    std::ranges::sort(wish_.devices);
    if (are_as_they_are()) ids_ = wish_.ids;
}

bool Subscription::are_as_they_are() const
{
    return !wish_.all && wish_.match.empty() && wish_.devices.empty() && wish_.read.all();
}

bool Subscription::wanted(const store::Series& series) const
{
    if (!wish_.read.allows(series.topic)) return false;
    if (wish_.all) return true;
    if (wish_.match.empty() && wish_.devices.empty()) return std::ranges::binary_search(wish_.ids, series.id);
    return std::ranges::binary_search(wish_.devices, series.device) ||
           std::ranges::any_of(wish_.match,
                               [&](const std::string& filter) { return matches(filter, series.topic); });
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
    if (everything_ || are_as_they_are()) return;
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

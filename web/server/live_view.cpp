#include "web/server/live_view.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::web {

void LiveView::refresh(std::int64_t now_ms)
{
    // The version is read first: what comes in between is read twice rather than never.
    const store::Version version = table_.version();
    if (loaded_ && version == version_) return;
    const std::uint64_t serial = serial_ + 1;
    for (auto& latest : table_.heard_since(version_)) {
        if (latest.series >= entries_.size()) entries_.resize(latest.series + 1);
        Entry& entry = entries_[latest.series];
        if (entry.latest.series == 0) entry.serial = serial_ = serial;
        entry.latest = std::move(latest);
        review(entry, now_ms, serial);
    }
    version_ = version;
    loaded_ = true;
}

void LiveView::review_freshness(std::int64_t now_ms)
{
    const std::uint64_t serial = serial_ + 1;
    for (auto& entry : entries_) {
        if (entry.latest.series != 0) review(entry, now_ms, serial);
    }
}

void LiveView::review(Entry& entry, std::int64_t now_ms, std::uint64_t serial)
{
    const store::Freshness now = store::freshness(entry.latest, now_ms);
    if (now == entry.freshness) return;
    entry.freshness = now;
    entry.serial = serial_ = serial;
}

store::SeriesId LiveView::last() const
{
    return entries_.empty() ? 0 : static_cast<store::SeriesId>(entries_.size() - 1);
}

Update LiveView::update_since(const Subscription& subscription, store::Version from) const
{
    Update update;
    update.from = from;
    update.seq = version_;
    subscription.for_ids(last(), [&](store::SeriesId id) {
        const Entry& entry = entries_[id];
        if (entry.latest.series == 0) return;
        const UpdateItem item{&entry.latest, entry.freshness};
        if (from == 0 || entry.latest.changed > from) {
            update.changed.push_back(item);
        } else if (entry.latest.heard > from) {
            update.heard.push_back(item);
        }
    });
    return update;
}

std::vector<UpdateItem> LiveView::freshness_since(const Subscription& subscription,
                                                  std::uint64_t serial) const
{
    std::vector<UpdateItem> items;
    subscription.for_ids(last(), [&](store::SeriesId id) {
        const Entry& entry = entries_[id];
        if (entry.latest.series != 0 && entry.serial > serial)
            items.push_back({&entry.latest, entry.freshness});
    });
    return items;
}

}  // namespace tidegate::web

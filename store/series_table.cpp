#include "store/series_table.hpp"

#include <algorithm>
#include <cassert>
#include <mutex>

namespace tidegate::store {

SeriesTable::SeriesTable(std::vector<Series> known)
{
    for (auto& series : known) add(std::move(series));
}

std::string SeriesTable::key_of(std::string_view topic, std::string_view field)
{
    // A topic cannot hold NUL (MQTT 5, 1.5.4), so the key is unambiguous.
    std::string key;
    key.reserve(topic.size() + 1 + field.size());
    key.append(topic).push_back('\0');
    return key.append(field);
}

std::optional<SeriesId> SeriesTable::find(std::string_view topic, std::string_view field) const
{
    const std::shared_lock lock(mutex_);
    const auto found = ids_.find(key_of(topic, field));
    if (found == ids_.end()) return std::nullopt;
    return found->second;
}

SeriesId SeriesTable::add(Series series)
{
    const std::unique_lock lock(mutex_);
    series.id = static_cast<SeriesId>(series_.size() + 1);
    [[maybe_unused]] const bool fresh = ids_.emplace(key_of(series.topic, series.field), series.id).second;
    assert(fresh);
    series_.push_back(std::move(series));
    return series_.back().id;
}

bool SeriesTable::update(const Series& series)
{
    const std::unique_lock lock(mutex_);
    assert(series.id != 0 && series.id <= series_.size());
    auto& known = series_[series.id - 1];
    auto news = series;
    news.topic = known.topic;
    news.field = known.field;
    if (news == known) return false;
    known = std::move(news);
    changed_.insert(series.id);
    return true;
}

std::vector<Series> SeriesTable::changed(SeriesId last) const
{
    const std::shared_lock lock(mutex_);
    std::vector<Series> found;
    for (auto id = changed_.begin(); id != changed_.end() && *id <= last; ++id)
        found.push_back(series_[*id - 1]);
    return found;
}

void SeriesTable::kept(std::span<const Series> series)
{
    const std::unique_lock lock(mutex_);
    for (const auto& one : series)
        if (series_[one.id - 1] == one) changed_.erase(one.id);
}

std::optional<Series> SeriesTable::get(SeriesId id) const
{
    const std::shared_lock lock(mutex_);
    if (id == 0 || id > series_.size()) return std::nullopt;
    return series_[id - 1];
}

std::vector<Series> SeriesTable::list(SeriesId after,
                                      std::size_t limit,
                                      const std::function<bool(const Series&)>& wanted) const
{
    const std::shared_lock lock(mutex_);
    std::vector<Series> found;
    for (std::size_t i = after; i < series_.size() && found.size() < limit; ++i)
        if (!wanted || wanted(series_[i])) found.push_back(series_[i]);
    return found;
}

SeriesId SeriesTable::last() const
{
    const std::shared_lock lock(mutex_);
    return static_cast<SeriesId>(series_.size());
}

}  // namespace tidegate::store

#pragma once

#include "store/reading.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidegate::store {

// What is known of a series beside its values. Empty text: not known.
struct Series {
    SeriesId id = 0;
    std::string topic;
    std::string field;            // JSON Pointer into the payload; empty for a scalar payload
    std::string device;           // what it belongs to, for grouping
    std::string name;             // for people: "Temperature"
    std::string unit;             // as displayed: "°C"
    std::string device_class{};   // "temperature", "energy" …: what is measured, in Home Assistant's words
    std::string availability{};   // topic that says whether the device is there
    std::uint32_t expires_s = 0;  // a value is stale so long after it came; 0: nobody said
    SeriesId of = 0;              // what it is made from (a window, a summary, an alarm); 0: a device says it

    bool operator==(const Series&) const = default;
};

// Every series ever seen, by id. Only the pipeline thread adds and updates; any thread reads (one small lock,
// held for a copy).
class SeriesTable {
public:
    explicit SeriesTable(std::vector<Series> known = {});  // ids 1, 2, 3 … in order

    // The id of topic#field, or none when it has not been seen yet.
    std::optional<SeriesId> find(std::string_view topic, std::string_view field) const;

    // Adds a series that find() did not know; `series.id` is set here.
    SeriesId add(Series series);

    // Says anew what is known of the series with this id; its topic and field stay. False: it was known.
    bool update(const Series& series);

    std::optional<Series> get(SeriesId id) const;

    // Up to `limit` series with ids after `after` that `wanted` accepts (empty: all), in order of id.
    std::vector<Series> list(SeriesId after,
                             std::size_t limit,
                             const std::function<bool(const Series&)>& wanted = {}) const;

    SeriesId last() const;  // the highest id given; 0 when there is none

    // Those up to `last` that update() has changed, until they are said to be kept as they are here.
    std::vector<Series> changed(SeriesId last) const;
    void kept(std::span<const Series> series);

private:
    static std::string key_of(std::string_view topic, std::string_view field);

    mutable std::shared_mutex mutex_;
    std::deque<Series> series_;
    std::unordered_map<std::string, SeriesId> ids_;
    std::set<SeriesId> changed_;
};

}  // namespace tidegate::store

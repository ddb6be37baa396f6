#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::gateway {

// What is known of each topic. Made for many of them: a look costs three places in memory, and what they hold
// can be fetched ahead for several topics at once, so that the processor waits once and not for each. One
// thread.
template <class T>
class TopicTable {
public:
    using Hash = std::uint64_t;
    static Hash hash_of(std::string_view topic) { return std::hash<std::string_view>()(topic); }

    std::size_t size() const { return entries_.size(); }

    // None: the topic is not in it. What is found stays where it is until something is erased.
    T* find(std::string_view topic) { return find(topic, hash_of(topic)); }
    T* find(std::string_view topic, Hash hash)
    {
        if (slots_.empty()) return nullptr;
        const auto& slot = slots_[place_of(topic, hash)];
        return slot.entry == none ? nullptr : &entries_[slot.entry].value;
    }

    T& at(std::string_view topic)  // made where it is missing
    {
        if (4 * (entries_.size() + 1) > 3 * slots_.size()) grow();
        const auto hash = hash_of(topic);
        auto& slot = slots_[place_of(topic, hash)];
        if (slot.entry == none) {
            slot = {tag_of(hash), static_cast<std::uint32_t>(entries_.size())};
            entries_.push_back({hash, std::string(topic), {}});
        }
        return entries_[slot.entry].value;
    }

    void erase(std::string_view topic)
    {
        if (slots_.empty()) return;
        const auto place = place_of(topic, hash_of(topic));
        const auto entry = slots_[place].entry;
        if (entry == none) return;
        const auto& last = entries_.back();  // takes the place of what goes
        slots_[place_of(last.topic, last.hash)].entry = entry;
        close_gap(place);
        if (entry + std::size_t{1} != entries_.size()) entries_[entry] = std::move(entries_.back());
        entries_.pop_back();
    }

    void clear()
    {
        slots_.clear();
        entries_.clear();
    }

    // Three steps of asking for memory ahead, each for what the one before has brought.
    void fetch_slot(Hash hash) const
    {
        if (!slots_.empty()) __builtin_prefetch(&slots_[home_of(hash)]);
    }
    void fetch_entry(Hash hash) const
    {
        if (const auto* entry = likely(hash)) __builtin_prefetch(entry);
    }
    void fetch_topic(Hash hash) const
    {
        if (const auto* entry = likely(hash)) __builtin_prefetch(entry->topic.data());
    }

private:
    static constexpr std::uint32_t none = ~std::uint32_t{0};

    struct Slot {
        std::uint32_t tag = 0;
        std::uint32_t entry = none;
    };
    struct Entry {
        Hash hash;
        std::string topic;
        T value;
    };

    static std::uint32_t tag_of(Hash hash) { return static_cast<std::uint32_t>(hash >> 32U); }
    std::size_t home_of(Hash hash) const { return hash & (slots_.size() - 1); }
    std::size_t after(std::size_t place) const { return (place + 1) & (slots_.size() - 1); }

    // Of the topic, or the free one where it would be.
    std::size_t place_of(std::string_view topic, Hash hash) const
    {
        auto place = home_of(hash);
        for (; slots_[place].entry != none; place = after(place))
            if (slots_[place].tag == tag_of(hash) && entries_[slots_[place].entry].topic == topic) break;
        return place;
    }

    const Entry* likely(Hash hash) const  // by the tag alone
    {
        if (slots_.empty()) return nullptr;
        for (auto place = home_of(hash); slots_[place].entry != none; place = after(place))
            if (slots_[place].tag == tag_of(hash)) return &entries_[slots_[place].entry];
        return nullptr;
    }

    // What lies behind a place that becomes free moves up, as far as its home allows.
    void close_gap(std::size_t gap)
    {
        const auto mask = slots_.size() - 1;
        for (auto place = after(gap); slots_[place].entry != none; place = after(place)) {
            const auto home = home_of(entries_[slots_[place].entry].hash);
            if (((place - home) & mask) < ((place - gap) & mask)) continue;
            slots_[gap] = slots_[place];
            gap = place;
        }
        slots_[gap] = {};
    }

    void grow()
    {
        slots_.assign(std::bit_ceil(std::max<std::size_t>(16, 2 * slots_.size())), {});
        for (std::uint32_t i = 0; i < entries_.size(); ++i) {
            auto place = home_of(entries_[i].hash);
            while (slots_[place].entry != none) place = after(place);
            slots_[place] = {tag_of(entries_[i].hash), i};
        }
    }

    std::vector<Slot> slots_;  // a power of two of them, at most three quarters taken
    std::deque<Entry> entries_;
};

}  // namespace tidegate::gateway

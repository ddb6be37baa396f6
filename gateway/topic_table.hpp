#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
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

    std::size_t size() const { return count_; }

    // None: the topic is not in it. What is found stays where it is until something is erased.
    T* find(std::string_view topic) { return find(topic, hash_of(topic)); }
    T* find(std::string_view topic, Hash hash)
    {
        if (slots_.empty()) return nullptr;
        const auto& slot = slots_[place_of(topic, hash)];
        return slot.entry == none ? nullptr : &entry(slot.entry).value;
    }

    T& at(std::string_view topic)  // made where it is missing
    {
        if (4 * (count_ + 1) > 3 * slots_.size()) grow();
        const auto hash = hash_of(topic);
        auto& slot = slots_[place_of(topic, hash)];
        if (slot.entry == none) {
            if (count_ == blocks_.size() * block_size) blocks_.push_back(std::make_unique<Block>());
            slot = {tag_of(hash), static_cast<std::uint32_t>(count_)};
            entry(count_++) = {hash, std::string(topic), {}};
        }
        return entry(slot.entry).value;
    }

    void erase(std::string_view topic)
    {
        if (slots_.empty()) return;
        const auto place = place_of(topic, hash_of(topic));
        const auto gone = slots_[place].entry;
        if (gone == none) return;
        auto& last = entry(count_ - 1);  // takes the place of what goes
        auto& slot_of_last = slots_[place_of(last.topic, last.hash)];
        if (gone + std::size_t{1} != count_) entry(gone) = std::move(last);
        slot_of_last.entry = gone;
        close_gap(place);
        last = {};
        --count_;
    }

    void clear()
    {
        slots_.clear();
        blocks_.clear();
        count_ = 0;
    }

    // Three steps of asking for memory ahead, each for what the one before has brought.
    void fetch_slot(Hash hash) const
    {
        if (!slots_.empty()) __builtin_prefetch(&slots_[home_of(hash)]);
    }
    void fetch_entry(Hash hash) const
    {
        if (const auto* found = likely(hash)) __builtin_prefetch(found);
    }
    const T* fetch_topic(Hash hash) const  // and what is most likely known of it: by its hash alone
    {
        const auto* found = likely(hash);
        if (found == nullptr) return nullptr;
        __builtin_prefetch(found->topic.data());
        return &found->value;
    }

private:
    static constexpr std::uint32_t none = ~std::uint32_t{0};

    struct Slot {
        std::uint32_t tag = 0;
        std::uint32_t entry = none;
    };
    struct alignas(64) Entry {  // what a look needs of it lies in one line of the cache
        Hash hash = 0;
        std::string topic{};
        T value{};
    };
    static constexpr std::size_t block_size = 256;
    using Block = std::array<Entry, block_size>;

    Entry& entry(std::size_t i) { return (*blocks_[i / block_size])[i % block_size]; }
    const Entry& entry(std::size_t i) const { return (*blocks_[i / block_size])[i % block_size]; }

    static std::uint32_t tag_of(Hash hash) { return static_cast<std::uint32_t>(hash >> 32U); }
    std::size_t home_of(Hash hash) const { return hash & (slots_.size() - 1); }
    std::size_t after(std::size_t place) const { return (place + 1) & (slots_.size() - 1); }

    // Of the topic, or the free one where it would be.
    std::size_t place_of(std::string_view topic, Hash hash) const
    {
        auto place = home_of(hash);
        for (; slots_[place].entry != none; place = after(place))
            if (slots_[place].tag == tag_of(hash) && entry(slots_[place].entry).topic == topic) break;
        return place;
    }

    const Entry* likely(Hash hash) const  // by the tag alone
    {
        if (slots_.empty()) return nullptr;
        for (auto place = home_of(hash); slots_[place].entry != none; place = after(place))
            if (slots_[place].tag == tag_of(hash)) return &entry(slots_[place].entry);
        return nullptr;
    }

    // What lies behind a place that becomes free moves up, as far as its home allows.
    void close_gap(std::size_t gap)
    {
        const auto mask = slots_.size() - 1;
        for (auto place = after(gap); slots_[place].entry != none; place = after(place)) {
            const auto home = home_of(entry(slots_[place].entry).hash);
            if (((place - home) & mask) < ((place - gap) & mask)) continue;
            slots_[gap] = slots_[place];
            gap = place;
        }
        slots_[gap] = {};
    }

    void grow()
    {
        slots_.assign(std::bit_ceil(std::max<std::size_t>(16, 2 * slots_.size())), {});
        for (std::uint32_t i = 0; i < count_; ++i) {
            const auto hash = entry(i).hash;
            auto place = home_of(hash);
            while (slots_[place].entry != none) place = after(place);
            slots_[place] = {tag_of(hash), i};
        }
    }

    std::vector<Slot> slots_;                     // a power of two of them, at most three quarters taken
    std::vector<std::unique_ptr<Block>> blocks_;  // entries stay where they are
    std::size_t count_ = 0;
};

}  // namespace tidegate::gateway

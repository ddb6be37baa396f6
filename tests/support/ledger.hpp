#pragma once

#include "store/store.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::tests {

// The UTC midnight of some days ago: readings from there on are sealed soon, and too young to be purged.
std::int64_t midnight_before(int days);

// Numbered readings for a store, and what must come back from it. Reading n has a series, a time and a value
// that no other has, and its value says n; so whatever the store gives back can be told to be right, missing,
// twice there, or wrong. Numbers are never used again, not even those of readings that a power cut took.
class Ledger {
public:
    struct Part {
        std::uint64_t batch = 0;  // 1, 2, 3 …; the tail of the batch's intake position
        std::uint64_t first = 0;  // number of its first reading
        std::uint64_t count = 0;
    };

    // The first reading is stamped `start_ms`, the next ones `step_ms` later each, every tenth two hours
    // late.
    Ledger(std::int64_t start_ms, std::int64_t step_ms) : start_ms_(start_ms), step_ms_(step_ms) {}

    Part plan(std::uint64_t readings);  // the next batch

    // What to append for it. Adds its series to the store where they are missing.
    store::Batch batch(store::Store& store, const Part& part) const;
    store::Batch make(store::Store& store, std::uint64_t readings) { return batch(store, plan(readings)); }

    // What came after this batch is not there: a cut took it.
    void forget_after(std::uint64_t batch);

    const std::vector<Part>& parts() const { return parts_; }
    std::uint64_t last_batch() const { return parts_.empty() ? 0 : parts_.back().batch; }
    bool has(std::uint64_t batch) const;
    store::Books books(std::uint64_t through) const;  // of the batches up to this one
    std::uint64_t readings(std::uint64_t through) const;
    std::vector<std::uint64_t> numbers(std::uint64_t through) const;

    std::size_t series_of(std::uint64_t number) const;
    std::int64_t time_of(std::uint64_t number) const;
    std::int64_t end_ms() const;  // later than every reading
    store::Value value_of(std::uint64_t number) const;
    static std::string topic(std::size_t series);
    static store::Series series(std::size_t series);  // as it is added to a store
    static constexpr std::size_t most_series = 24;

    // The number of a reading that came from a store; none when it is not one of ours, or not as it was. With
    // the store, its series has to have the right name as well.
    std::optional<std::uint64_t> number_of(const store::Reading& reading) const;
    std::optional<std::uint64_t> number_of(const store::Reading& reading, store::Store& store) const;

private:
    static store::Books books_of(const Part& part);

    std::int64_t start_ms_;
    std::int64_t step_ms_;
    std::vector<Part> parts_;
    std::uint64_t batches_ = 0;  // ever made
    std::uint64_t readings_ = 0;
};

// What a store's history is short of, or has too much of, against a ledger.
struct Comparison {
    std::uint64_t right = 0;
    std::uint64_t missing = 0;
    std::uint64_t wrong = 0;  // a reading that was never written, or another value in its place
    std::uint64_t twice = 0;
    std::uint64_t refused = 0;  // series whose history was an error
    std::string first;          // what the first fault was, for a person

    bool perfect() const { return missing + wrong + twice + refused == 0; }
};
Comparison compare(store::Store& store, const Ledger& ledger, std::uint64_t through);

// The same for the readings with from <= time < to alone, of series whose ids are known from before; 0:
// unknown.
using SeriesIds = std::array<store::SeriesId, Ledger::most_series>;
struct Stretch {
    std::int64_t from_ms = 0;
    std::int64_t to_ms = 0;
};
SeriesIds series_ids(store::Store& store);
Stretch whole_of(const Ledger& ledger);
Comparison compare(store::Store& store,
                   const Ledger& ledger,
                   std::uint64_t through,
                   const Stretch& stretch,
                   const SeriesIds& ids);

// What the store says it lost. Empty for a store that has no such list.
template <class State>
std::vector<std::string> damage_of(const State& state)
{
    if constexpr (requires { std::vector<std::string>(state.damage.begin(), state.damage.end()); })
        return {state.damage.begin(), state.damage.end()};
    else
        return {};
}
template <class State>
constexpr bool tells_damage(const State& state)
{
    (void)state;
    return requires
    {
        state.damage;
    };
}

// What SQLite itself finds wrong with the databases of a directory; empty: nothing.
std::string quick_check(const std::filesystem::path& directory);

// Names of what was set aside.
std::vector<std::string> quarantined(const std::filesystem::path& directory);

}  // namespace tidegate::tests

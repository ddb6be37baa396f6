#include "support/ledger.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>

namespace tidegate::tests {

namespace {

constexpr std::uint64_t late_every = 10;
constexpr std::int64_t late_ms = 2LL * 3600 * 1000;
constexpr std::uint64_t long_text_every = 61;
constexpr std::size_t long_text = 12'000;  // over several pages, so that a commit has many of them
constexpr std::size_t points = 100'000;    // more than there are: the answer is raw

std::string padding(std::uint64_t number)
{
    std::string text;
    auto state = number * 0x9e37'79b9'7f4a'7c15ULL + 1;
    while (text.size() < long_text) {
        state = state * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
        text.push_back(static_cast<char>('!' + (state >> 33U) % 90));
    }
    return text;
}

std::optional<std::uint64_t> number_in(const store::Value& value)
{
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<std::uint64_t>(*whole);
    if (const auto* number = std::get_if<double>(&value)) return static_cast<std::uint64_t>(*number);
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return {};
    std::uint64_t number = 0;
    if (std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc{}) return {};
    return number;
}

}  // namespace

std::int64_t midnight_before(int days)
{
    constexpr std::int64_t day_ms = 86'400'000;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return (std::chrono::duration_cast<std::chrono::milliseconds>(now).count() / day_ms - days) * day_ms;
}

std::string Ledger::topic(std::size_t series)
{
    return "plant/line/" + std::to_string(series);
}

store::Series Ledger::series(std::size_t series)
{
    return {0, topic(series), "", "line", "Line " + std::to_string(series), "pcs"};
}

// A new series now and then: their names have to survive as well.
std::size_t Ledger::series_of(std::uint64_t number) const
{
    return number % std::min<std::uint64_t>(most_series, 5 + number / 100);
}

std::int64_t Ledger::time_of(std::uint64_t number) const
{
    const auto on_time = start_ms_ + static_cast<std::int64_t>(number) * step_ms_;
    return number % late_every == 0 ? on_time - late_ms + 1 : on_time;
}

std::int64_t Ledger::end_ms() const
{
    const auto count = parts_.empty() ? 0 : parts_.back().first + parts_.back().count;
    return start_ms_ + static_cast<std::int64_t>(count) * step_ms_;
}

store::Value Ledger::value_of(std::uint64_t number) const
{
    switch (series_of(number) % 4) {
    case 0: return static_cast<std::int64_t>(number);
    case 1: return static_cast<double>(number) + 0.25;
    case 2: return static_cast<double>(number) + std::sqrt(0.5);  // no decimal: the other codec
    default: break;
    }
    auto text = std::to_string(number) + " pieces";
    if (number % long_text_every == 0) text += padding(number);
    return text;
}

store::Books Ledger::books_of(const Part& part)
{
    store::Books books;
    books.stored_messages = part.count;
    books.rejected[part.batch % store::reject_count] = part.batch % 3;
    books.received = books.stored_messages + part.batch % 3;
    books.stored_readings = part.count;
    books.suppressed[part.batch % store::suppress_count] = part.batch % 2;
    books.read = books.stored_readings + part.batch % 2;
    return books;
}

Ledger::Part Ledger::plan(std::uint64_t readings)
{
    parts_.push_back({++batches_, readings_, readings});
    readings_ += readings;
    return parts_.back();
}

store::Batch Ledger::batch(store::Store& store, const Part& part) const
{
    store::Batch batch;
    batch.books = books_of(part);
    batch.intake = store::IntakePosition{1, part.batch};
    for (auto number = part.first; number < part.first + part.count; ++number) {
        const auto name = topic(series_of(number));
        auto id = store.series().find(name, "");
        if (!id) id = store.series().add(series(series_of(number)));
        batch.readings.push_back({*id, time_of(number), value_of(number), 0});
    }
    return batch;
}

void Ledger::forget_after(std::uint64_t batch)
{
    while (!parts_.empty() && parts_.back().batch > batch) parts_.pop_back();
}

bool Ledger::has(std::uint64_t batch) const
{
    return batch == 0 || std::binary_search(parts_.begin(), parts_.end(), Part{batch, 0, 0},
                                            [](auto& a, auto& b) { return a.batch < b.batch; });
}

store::Books Ledger::books(std::uint64_t through) const
{
    store::Books books;
    for (const auto& part : parts_)
        if (part.batch <= through) books.add(books_of(part));
    return books;
}

std::uint64_t Ledger::readings(std::uint64_t through) const
{
    std::uint64_t count = 0;
    for (const auto& part : parts_) count += part.batch <= through ? part.count : 0;
    return count;
}

std::vector<std::uint64_t> Ledger::numbers(std::uint64_t through) const
{
    std::vector<std::uint64_t> numbers;
    for (const auto& part : parts_)
        for (std::uint64_t i = 0; i < part.count && part.batch <= through; ++i)
            numbers.push_back(part.first + i);
    return numbers;
}

std::optional<std::uint64_t> Ledger::number_of(const store::Reading& reading) const
{
    const auto number = number_in(reading.value);
    if (!number || *number >= readings_ || reading.time_ms != time_of(*number)) return {};
    if (reading.value != value_of(*number)) return {};
    return number;
}

std::optional<std::uint64_t> Ledger::number_of(const store::Reading& reading, store::Store& store) const
{
    const auto number = number_of(reading);
    const auto known = store.series().get(reading.series);
    if (!number || !known || known->topic != topic(series_of(*number))) return {};
    return number;
}

namespace {

// One series of a ledger, in the order of time.
using Column = std::map<std::int64_t, std::uint64_t>;

std::vector<Column> columns(const Ledger& ledger, std::uint64_t through)
{
    std::vector<Column> all(Ledger::most_series);
    for (const auto number : ledger.numbers(through))
        all[ledger.series_of(number)].emplace(ledger.time_of(number), number);
    return all;
}

void fault(Comparison& found, std::uint64_t& counter, std::size_t series, const std::string& what)
{
    if (found.perfect()) found.first = Ledger::topic(series) + ": " + what;
    ++counter;
}

void compare_series(const store::SeriesHistory& history,
                    const Ledger& ledger,
                    std::size_t series,
                    Column due,
                    Comparison& found)
{
    if (!history.raw || history.v.size() != history.t.size()) {
        return fault(found, found.refused, series, "the answer is not raw");
    }
    std::int64_t before = std::numeric_limits<std::int64_t>::min();
    for (std::size_t i = 0; i < history.t.size(); ++i) {
        const auto time = history.t[i];
        const auto at = "a reading of " + std::to_string(time);
        const auto entry = due.find(time);
        if (time == before)
            fault(found, found.twice, series, at + " is there twice");
        else if (entry == due.end() || time < before)
            fault(found, found.wrong, series,
                  at + (time < before ? " is out of order" : " was never written"));
        else if (history.v[i] != ledger.value_of(entry->second))
            fault(found, found.wrong, series, at + " has another value");
        else
            ++found.right;
        before = time;
        if (entry != due.end()) due.erase(entry);
    }
    for (const auto& [time, number] : due)
        fault(found, found.missing, series, "reading " + std::to_string(number) + " is missing");
}

}  // namespace

SeriesIds series_ids(store::Store& store)
{
    SeriesIds ids{};
    for (std::size_t series = 0; series < ids.size(); ++series)
        ids[series] = store.series().find(Ledger::topic(series), "").value_or(0);
    return ids;
}

Stretch whole_of(const Ledger& ledger)
{
    return {ledger.time_of(0) - late_ms, std::max(ledger.end_ms(), ledger.time_of(0))};
}

Comparison compare(store::Store& store,
                   const Ledger& ledger,
                   std::uint64_t through,
                   const Stretch& stretch,
                   const SeriesIds& ids)
{
    Comparison found;
    const auto all = columns(ledger, through);
    for (std::size_t series = 0; series < all.size(); ++series) {
        const Column due(all[series].lower_bound(stretch.from_ms), all[series].lower_bound(stretch.to_ms));
        if (ids[series] == 0) {
            if (!due.empty()) fault(found, found.missing, series, "the series is unknown");
            found.missing += due.empty() ? 0 : due.size() - 1;
            continue;
        }
        const auto history = store.history({{ids[series]}, stretch.from_ms, stretch.to_ms, points}, {});
        if (!history)
            fault(found, found.refused, series, history.error().what);
        else
            compare_series(history->series.at(0), ledger, series, due, found);
    }
    return found;
}

Comparison compare(store::Store& store, const Ledger& ledger, std::uint64_t through)
{
    return compare(store, ledger, through, whole_of(ledger), series_ids(store));
}

std::string quick_check(const std::filesystem::path& directory)
{
    std::string faults;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() != ".db") continue;
        sqlite3* raw = nullptr;
        if (sqlite3_open_v2(entry.path().c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
            const auto collect = [](void* to, int, char** columns, char**) {
                const std::string word = columns[0] == nullptr ? "" : columns[0];
                if (word != "ok") *static_cast<std::string*>(to) += word + "; ";
                return 0;
            };
            if (sqlite3_exec(raw, "PRAGMA quick_check", collect, &faults, nullptr) != SQLITE_OK)
                faults += std::string(sqlite3_errmsg(raw)) + "; ";
        } else {
            faults += "cannot be opened; ";
        }
        sqlite3_close(raw);
        if (!faults.empty()) return entry.path().filename().string() + ": " + faults;
    }
    return faults;
}

std::vector<std::string> quarantined(const std::filesystem::path& directory)
{
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(directory / "quarantine", none))
        names.push_back(entry.path().filename().string());
    return names;
}

}  // namespace tidegate::tests

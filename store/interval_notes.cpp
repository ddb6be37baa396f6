#include "store/interval_notes.hpp"

#include <charconv>
#include <cstdlib>
#include <string>
#include <vector>

namespace tidegate::store {

namespace {

constexpr std::string_view prefix = "interval/";
constexpr std::int64_t longest_ms = 366LL * 24 * 3600 * 1000;

std::int64_t number_in(std::string_view text)  // 0: none
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

void recall_intervals(const Notebook& notebook, LiveTable& table, SeriesId last)
{
    std::vector<Interval> known;
    notebook.each(prefix, [&](std::string_view key, std::string_view text) {
        const auto id = number_in(key.substr(prefix.size())), interval_ms = number_in(text);
        if (id <= 0 || id > static_cast<std::int64_t>(last) || interval_ms <= 0 || interval_ms > longest_ms)
            return;
        known.push_back({static_cast<SeriesId>(id), interval_ms});
    });
    table.know(known);
}

void note_intervals(const LiveTable& table, Notebook& notebook)
{
    constexpr std::int64_t parts = 5;
    for (const auto& [series, interval_ms] : table.intervals()) {
        const auto key = std::string(prefix) + std::to_string(series);
        const auto noted_ms = number_in(notebook.find(key));
        if (std::abs(interval_ms - noted_ms) * parts > noted_ms)
            notebook.put(key, std::to_string(interval_ms));
    }
}

}  // namespace tidegate::store

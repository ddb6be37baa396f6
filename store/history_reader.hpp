#pragma once

#include "store/fit.hpp"
#include "store/history.hpp"
#include "store/history_plan.hpp"
#include "store/hot.hpp"
#include "store/sealed_cache.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <vector>

namespace tidegate::store {

// Puts the hot table and the sealed files together into one answer. Used by one thread at a time.
//
// A reading that is there twice with the same time and the same value (a redelivery) is one reading;
// different values of the same time are all kept. In minutes and hours a repeat is seen when it was sealed in
// the same round as the first.
class HistoryReader {
public:
    HistoryReader(std::filesystem::path directory, const HotTable& hot);

    Result<History> read(const HistoryQuery& query, const std::stop_token& stop);

    // A day whose files the last read() found damaged; files are opened anew after this.
    std::optional<std::int64_t> take_damaged();

private:
    Result<> note_damage(std::int64_t day, const Error& error);
    using Hot = std::array<HotPart, 2>;

    Result<SeriesHistory> read(SeriesId series,
                               const HistoryQuery& query,
                               const HistoryPlan& plan,
                               const std::stop_token& stop);
    Result<std::uint64_t> count(SeriesId series, const HistoryPlan& plan, Hot hot);
    Result<> add_readings(
        SeriesId series, const HistoryQuery& query, Hot hot, const std::stop_token& stop, Fit& fit);
    Result<> add_rollups(
        SeriesId series, const HistoryPlan& plan, Hot hot, const std::stop_token& stop, Fit& fit);
    struct Day {
        std::array<SealedFile*, 3> files{};  // by Tier; nullptr: there is none
        std::vector<Round> rounds;           // each once, whatever it is kept as
    };
    Result<Day> open_day(std::int64_t day);
    Result<> read_day(SeriesId series,
                      std::int64_t day,
                      Tier tier,
                      std::int64_t from_ms,
                      std::int64_t to_ms,
                      Hot& hot,
                      std::vector<Point>& points,
                      std::vector<Rollup>& rollups);
    Result<> read_hours(SeriesId series,
                        std::int64_t month,
                        std::int64_t from_ms,
                        std::int64_t to_ms,
                        Hot& hot,
                        std::vector<Rollup>& rollups);

    const HotTable& hot_;
    std::filesystem::path directory_;
    SealedCache files_;
    std::optional<std::int64_t> damaged_;
};

}  // namespace tidegate::store

#pragma once

#include "store/day_file.hpp"
#include "store/history.hpp"
#include "store/hot.hpp"

#include <filesystem>
#include <list>
#include <stop_token>

namespace tidegate::store {

// Puts the hot table and the sealed chunks together into one answer. Keeps the files that it read last open.
// Used by one thread at a time.
//
// A reading that is there twice with the same time and the same value (a redelivery, or a stretch that is
// being sealed at this moment) is one reading; different values of the same time are all kept.
class HistoryReader {
public:
    HistoryReader(std::filesystem::path directory, const HotTable& hot);

    Result<History> read(const HistoryQuery& query, const std::stop_token& stop);

private:
    struct OpenDay {
        std::int64_t day;
        DayFile file;
    };

    Result<SeriesHistory> read(SeriesId series,
                               const HistoryQuery& query,
                               std::int64_t width_ms,
                               const std::stop_token& stop);
    Result<DayFile*> day(std::int64_t day);  // nullptr: there is no such day

    std::filesystem::path directory_;
    const HotTable& hot_;
    std::list<OpenDay> open_;  // last used first
};

}  // namespace tidegate::store

#pragma once

#include "base/error.hpp"
#include "store/hot.hpp"
#include "store/log_snapshot.hpp"
#include "store/rollup.hpp"
#include "store/sealed_cache.hpp"
#include "store/series_table.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace tidegate::store {

// What is kept of a series on a UTC day. Each list rises in time; where the readings were thinned, the
// minutes or the hours stand in for them, and nothing is in two of the lists.
struct Stretch {
    SeriesId series = 0;
    std::int64_t day = 0;
    std::vector<Point> readings;  // without repeats, see HistoryReader
    std::vector<Rollup> minutes, hours;

    bool empty() const { return readings.empty() && minutes.empty() && hours.empty(); }
};

// All of history that is kept, day by day and in a day series by series, so that no more than that is in
// memory. Readings are committed, sealed and thinned meanwhile: each is in it once, and nothing that was
// there at the beginning is missing but what retention dropped. Used by one thread at a time.
class Archive {
public:
    // Of a data directory, in any process, whether a gateway works in it or not: as it was at this moment.
    // Nothing is changed and nobody is held up. Errors: not_found (no data directory), denied (made by
    // another version, or no right to read), corrupt, unavailable.
    static Result<std::unique_ptr<Archive>> open(const std::filesystem::path& directory,
                                                 const ArchiveQuery& query);

    // Sets aside what is damaged of a day. False: nothing is.
    using Mend = std::function<Result<bool>(std::int64_t day)>;

    // Of a store at work: `hot` is its table, `series` those that are wanted. What arrives after a day and
    // series were read is not in it. Without `mend`, what is damaged is passed over and noted.
    Archive(std::filesystem::path directory,
            const HotTable& hot,
            std::vector<Series> series,
            const ArchiveQuery& query,
            Mend mend);

    const std::vector<Series>& series() const { return series_; }  // in order of id

    // What comes next and is not empty; nullptr: that was all. Valid until the next call. `stop` ends it
    // (unavailable).
    Result<const Stretch*> next(const std::stop_token& stop);

    double done() const;                                                // 0 to 1, in days and series
    const std::vector<std::string>& damage() const { return damage_; }  // what was passed over, a line each

private:
    using Hot = std::array<HotPart, 2>;

    Archive(std::filesystem::path directory,
            std::unique_ptr<LogSnapshot> snapshot,
            const HotTable& hot,
            std::vector<Series> series,
            const ArchiveQuery& query,
            Mend mend);

    Result<> list_days();
    Result<> until_whole(std::int64_t day, const std::function<Result<bool>()>& work);
    Result<bool> read_once(std::int64_t day, SeriesId series);
    Result<SealedFile*> file(Tier tier, std::int64_t day);
    std::vector<Round> rounds_of(SealedFile* file, std::int64_t day) const;
    Result<bool> is_thinned(std::int64_t day, const std::vector<Round>& readings);
    Result<bool> read_row(SealedFile& file, Tier tier, std::int64_t n, SeriesId series);
    Result<> pass_over(const std::string& what, const Error& error);

    std::filesystem::path directory_;
    std::unique_ptr<LogSnapshot> snapshot_;  // none: of a store at work
    const HotTable& hot_;
    std::vector<Series> series_;
    std::int64_t from_ms_, to_ms_;
    Mend mend_;
    SealedCache files_;

    std::vector<std::int64_t> days_;
    bool listed_ = false;
    std::size_t at_ = 0;  // of days times series
    Stretch stretch_;

    struct Seen {  // whether a day has a part that is thinned, as of these rounds of its readings
        std::int64_t day = 0;
        std::size_t rounds = 0;
        std::uint64_t through = 0;
        bool thinned = true;
    };
    Seen seen_;

    bool lenient_ = false;  // damage is passed over
    std::set<std::filesystem::path> unreadable_;
    std::vector<std::string> damage_;
};

}  // namespace tidegate::store

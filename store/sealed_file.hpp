#pragma once

#include "store/database.hpp"
#include "store/reading.hpp"
#include "store/rollup.hpp"
#include "store/sealed_group.hpp"
#include "store/sealed_path.hpp"
#include "store/series_table.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::store {

// What one sealing round put into a file, in one transaction.
struct Round {
    std::int64_t n = 0;            // of its day, from 1; in the file it is called round_in()
    std::uint64_t first_slot = 0;  // to be sent later, its readings are first_slot, first_slot + 1 … (docs)
    std::uint64_t count = 0;       // readings
    std::uint64_t through = 0;     // all readings of the file's day up to this seq are in the file
    std::int64_t from_ms = 0;      // the least time in it
    std::int64_t to_ms = 0;        // the greatest, inclusive
};

// What the n-th round of a day is called in a tier's file: one of hours has the days of a month.
std::int64_t round_in(Tier tier, std::int64_t day, std::int64_t n);
std::int64_t day_of_round(Tier tier, std::int64_t period, std::int64_t n);  // of one as the file calls it

// One file of sealed history. Rounds are only ever added, keys in order of round and series, so the file
// grows at its end; whole files are deleted. Used by one thread at a time; the sealer writes, queries read
// with handles of their own.
class SealedFile {
public:
    // To read it: not_found when there is none, or its making was cut short by a full disk or a power cut; it
    // holds nothing then.
    static Result<SealedFile> open(const std::filesystem::path& directory,
                                   Tier tier,
                                   std::int64_t period,
                                   Access access);

    // Sets a damaged file aside and keeps of it what passes its checksums. Nothing may have it open for
    // writing. Gives a line on what was kept.
    static Result<std::string> salvage(const std::filesystem::path& directory,
                                       Tier tier,
                                       std::int64_t period);

    // As of the last refresh(), in the order of their adding, as they are called in the file.
    const std::vector<Round>& rounds() const { return rounds_; }
    std::vector<Round> rounds_of(std::int64_t day) const;  // as the day calls them
    Result<> refresh();

    bool frozen() const { return database_.frozen(); }  // opened on a read-only disk: to be opened anew
    bool has(std::int64_t n) const;
    std::uint64_t through() const;  // of all rounds the greatest; 0: none

    // One transaction, on the disk when it returns. Rows in order of series. The second: what of it is not
    // there yet.
    Result<> add(const Round& round, std::span<const SealedRow> rows);
    Result<> add_missing(const Round& round, std::span<const SealedRow> rows);

    SeriesId last_series(std::int64_t n);  // the highest id in a round; 0: none, or it cannot be read

    // A series' part of a round, appended: to `points`, or to `rollups`. A damaged row is an error.
    Result<> read(std::int64_t n, SeriesId series, std::vector<Point>& points, std::vector<Rollup>& rollups);

    // Every series' part of a round from `series` on, in order, until `visit` says false.
    struct Row {
        std::int64_t n = 0;
        PartKind kind = PartKind::points;
        SealedPart part;  // valid during the visit
    };
    Result<> each(std::int64_t n, SeriesId series, const std::function<Result<bool>(const Row&)>& visit);
    Result<> decode(const Row& row, std::vector<Point>& points, std::vector<Rollup>& rollups) const;

    // Every rollup of the file, the newest rows first and in them the newest entry first, until `visit` says
    // false.
    Result<> newest(const std::function<bool(SeriesId, const Rollup&)>& visit);

    // Takes over, as they are, the rounds of a file of readings and its series that are not in this one. One
    // transaction.
    Result<> take_missing(SealedFile& readings);

    // Puts a file in the place of this one that is without some series' parts of some days; this one goes on
    // reading the old one. `goes` of series and day.
    Result<> write_without(const std::function<bool(SeriesId, std::int64_t)>& goes);

    // Drops the rounds that reach beyond a seq.
    Result<> drop_after(std::uint64_t seq);

    // Points or rollups of each series in a round, by rising id.
    Result<std::vector<std::pair<SeriesId, std::uint64_t>>> counts(std::int64_t n);

    // The names of series, so that meta.db can be made anew from them; in files of hours only.
    Result<> name(std::span<const Series> series);
    Result<SeriesId> named_through();  // the highest id that has a name here; 0: none

private:
    using Visit = std::function<Result<bool>(const Row&)>;

    Result<> prepare();
    Result<> insert(const Round& round);
    Result<> insert(std::int64_t n, int layer, PartKind kind, std::span<const SealedRow> rows);
    Result<> put(std::int64_t n, int layer, PartKind kind, std::span<const SealedRow> rows);
    Result<bool> each_in(std::int64_t n, int layer, SeriesId series, const Visit& visit);
    Result<bool> read_in(
        std::int64_t n, int layer, SeriesId series, std::vector<Point>& points, std::vector<Rollup>& rollups);
    int layers() const { return tier_ == Tier::minutes ? 2 : 1; }

    Tier tier_ = Tier::readings;
    std::int64_t period_ = 0;
    std::filesystem::path path_;
    std::int64_t start_ms_ = 0;
    Database database_;
    Statement rounds_after_, add_round_, add_row_, last_row_, each_row_, drop_rows_;
    std::vector<Round> rounds_;
    std::int64_t last_ = 0;  // the last round read
};

}  // namespace tidegate::store

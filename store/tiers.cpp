#include "store/tiers.hpp"

#include "store/repeats.hpp"
#include "store/rollup_codec.hpp"
#include "store/sealed_file.hpp"

#include <algorithm>
#include <functional>

namespace tidegate::store {

namespace {

constexpr std::size_t readings_a_minute = 6;  // for minutes to be worth their bytes

Result<RolledRound> roll_round(SealedFile& file, const Round& round, std::int64_t day)
{
    RolledRound rolled{round.n, {}, {}};
    std::vector<Point> points;
    std::vector<Rollup> none;
    auto done = file.each(round.n, 0, [&](const SealedFile::Row& row) -> Result<bool> {
        points.clear();
        if (auto decoded = file.decode(row, points, none); !decoded) return decoded.error();
        rolled.add(row.part.series, day, points);
        return true;
    });
    if (!done) return done.error();
    return rolled;
}

Result<> name_series(SealedFile& hours, const SeriesTable& series)
{
    auto named = hours.named_through();
    if (!named) return named.error();
    const auto fresh = series.list(*named, series.last() - *named);
    if (fresh.empty()) return {};
    return hours.name(fresh);
}

using Visit = std::function<void(const Round& round)>;

// Every round of a day, in each tier that it is in.
Result<> each_round(const std::filesystem::path& directory, std::int64_t day, const Visit& visit)
{
    for (const auto tier : {Tier::readings, Tier::minutes, Tier::hours}) {
        auto file = SealedFile::open(directory, tier, period_of(tier, day), Access::read_only);
        if (!file && file.error().kind == ErrorKind::not_found) continue;
        if (!file) return file.error();
        for (const auto& round : file->rounds_of(day)) visit(round);
    }
    return {};
}

}  // namespace

Result<std::int64_t> last_round(const std::filesystem::path& directory, std::int64_t day)
{
    std::int64_t last = 0;
    auto done = each_round(directory, day, [&](auto& round) { last = std::max(last, round.n); });
    if (!done) return done.error();
    return last;
}

Result<std::uint64_t> sealed_through(const std::filesystem::path& directory, std::int64_t day)
{
    std::uint64_t through = 0;
    auto done = each_round(directory, day, [&](auto& round) { through = std::max(through, round.through); });
    if (!done) return done.error();
    return through;
}

void RolledRound::add(SeriesId series, std::int64_t day, std::vector<Point>& points)
{
    sort_without_repeats(points);
    const auto rolled = roll(points, hour_ms);
    if (rolled.empty()) return;
    const auto month_start = start_ms(Tier::hours, month_of(day));
    hours.push_back({series, rolled.size(), encode_rollups(rolled, month_start, hour_ms)});
    if (std::holds_alternative<std::string>(points.front().value)) return;
    const auto finer = roll(points, minute_ms);
    if (points.size() >= readings_a_minute * finer.size())
        minutes.push_back({series, finer.size(), encode_rollups(finer, day * day_ms, minute_ms)});
}

Result<> roll_day(const std::filesystem::path& directory,
                  std::int64_t day,
                  const SeriesTable& series,
                  const RolledRound& fresh)
{
    auto file = SealedFile::open(directory, Tier::readings, day, Access::read_only);
    if (!file && file.error().kind == ErrorKind::not_found) return {};
    if (!file) return file.error();
    auto minutes = SealedFile::open(directory, Tier::minutes, day, Access::read_write);
    if (!minutes) return minutes.error();
    const auto month = month_of(day);
    auto hours = SealedFile::open(directory, Tier::hours, month, Access::read_write);  // grows by many rounds
    if (!hours) return hours.error();
    if (auto named = name_series(*hours, series); !named) return named;
    for (const auto& round : file->rounds()) {
        auto hour_round = round;
        hour_round.n = round_in(Tier::hours, day, round.n);
        const bool has_minutes = minutes->has(round.n);
        const bool has_hours = hours->has(hour_round.n);
        if (has_minutes && has_hours) continue;
        auto read = round.n == fresh.n ? Result<RolledRound>(RolledRound()) : roll_round(*file, round, day);
        if (!read) return read.error();
        const auto& rolled = round.n == fresh.n ? fresh : *read;
        if (!has_minutes)
            if (auto done = minutes->add(round, rolled.minutes); !done) return done;
        if (!has_hours)
            if (auto done = hours->add(hour_round, rolled.hours); !done) return done;
    }
    return {};
}

namespace {

// Whether a file is what was once written, every row of it; a file that is not there is.
Result<bool> is_whole(const std::filesystem::path& directory, Tier tier, std::int64_t period)
{
    auto file = SealedFile::open(directory, tier, period, Access::read_only);
    if (!file && file.error().kind == ErrorKind::not_found) return true;
    if (!file && file.error().kind == ErrorKind::corrupt) return false;
    if (!file) return file.error();
    std::vector<Point> points;
    std::vector<Rollup> rollups;
    for (const auto& round : file->rounds()) {
        std::uint64_t count = 0;
        auto read = file->each(round.n, 0, [&](const SealedFile::Row& row) -> Result<bool> {
            points.clear();
            rollups.clear();
            count += row.part.count;
            auto done = file->decode(row, points, rollups);
            return done ? Result<bool>(true) : done.error();
        });
        if (!read && read.error().kind == ErrorKind::corrupt) return false;
        if (!read) return read.error();
        if (tier == Tier::readings && count != round.count) return false;
    }
    return true;
}

// What a file of minutes or hours has lost of a day, from the readings. What it has kept stays: of some
// rounds there are no readings any more.
Result<> make_good(SealedFile& file, const std::filesystem::path& directory, Tier tier, std::int64_t day)
{
    auto readings = SealedFile::open(directory, Tier::readings, day, Access::read_only);
    if (!readings && readings.error().kind == ErrorKind::not_found) return {};
    if (!readings) return readings.error();
    for (auto round : readings->rounds()) {
        auto rolled = roll_round(*readings, round, day);
        if (!rolled) return rolled.error();
        round.n = round_in(tier, day, round.n);
        const auto& rows = tier == Tier::hours ? rolled->hours : rolled->minutes;
        if (auto done = file.add_missing(round, rows); !done) return done;
    }
    return {};
}

Result<> make_good(const std::filesystem::path& directory,
                   Tier tier,
                   std::int64_t period,
                   const SeriesTable& series)
{
    auto file = SealedFile::open(directory, tier, period, Access::read_write);
    if (!file) return file.error();
    if (tier == Tier::hours)
        if (auto done = file->name(series.list(0, series.last())); !done) return done;
    for (const auto& [day, path] : sealed_files(directory, Tier::readings)) {
        if (period_of(tier, day) != period) continue;
        if (auto done = make_good(*file, directory, tier, day); !done) return done;
    }
    return {};
}

}  // namespace

Result<std::vector<std::string>> mend_day(const std::filesystem::path& directory,
                                          std::int64_t day,
                                          const SeriesTable& series)
{
    std::vector<std::string> lines;
    for (const auto tier : {Tier::readings, Tier::minutes, Tier::hours}) {
        const auto period = period_of(tier, day);
        auto whole = is_whole(directory, tier, period);
        if (!whole) return whole.error();
        if (*whole) continue;
        auto line = SealedFile::salvage(directory, tier, period);
        if (!line) return line.error();
        lines.push_back(std::move(*line));
        if (tier == Tier::readings) continue;
        if (auto done = make_good(directory, tier, period, series); !done) return done.error();
    }
    return lines;
}

}  // namespace tidegate::store

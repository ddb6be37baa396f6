#include "store/tiers.hpp"

#include "store/repeats.hpp"
#include "store/rollup_codec.hpp"
#include "store/sealed_file.hpp"

namespace tidegate::store {

namespace {

constexpr std::size_t readings_a_minute = 4;  // for minutes to be worth their bytes

struct Rows {
    std::vector<SealedRow> minutes, hours;
};

void roll_series(SeriesId series, std::vector<Point>& points, std::int64_t day, Rows& rows)
{
    sort_without_repeats(points);
    const auto hours = roll(points, hour_ms);
    if (hours.empty()) return;
    const auto month_start = start_ms(Tier::hours, month_of(day));
    rows.hours.push_back({series, hours.size(), encode_rollups(hours, month_start, hour_ms)});
    if (std::holds_alternative<std::string>(points.front().value)) return;
    const auto minutes = roll(points, minute_ms);
    if (points.size() >= readings_a_minute * minutes.size())
        rows.minutes.push_back({series, minutes.size(), encode_rollups(minutes, day * day_ms, minute_ms)});
}

Result<Rows> roll_round(SealedFile& file, const Round& round, std::int64_t day)
{
    Rows rows;
    std::vector<Point> points;
    std::vector<Rollup> none;
    auto done = file.each(round.n, 0, [&](const SealedFile::Row& row) -> Result<bool> {
        points.clear();
        if (auto decoded = file.decode(row, points, none); !decoded) return decoded.error();
        roll_series(row.series, points, day, rows);
        return true;
    });
    if (!done) return done.error();
    return rows;
}

Result<> name_series(SealedFile& hours, const SeriesTable& series)
{
    auto named = hours.named_through();
    if (!named) return named.error();
    const auto fresh = series.list(*named, series.last() - *named);
    if (fresh.empty()) return {};
    return hours.name(fresh);
}

}  // namespace

Result<> roll_day(const std::filesystem::path& directory, std::int64_t day, const SeriesTable& series)
{
    auto file = SealedFile::open(directory, Tier::readings, day, Access::read_only);
    if (!file && file.error().kind == ErrorKind::not_found) return {};
    if (!file) return file.error();
    auto minutes = SealedFile::open(directory, Tier::minutes, day, Access::read_write);
    if (!minutes) return minutes.error();
    const auto month = month_of(day);
    auto hours = SealedFile::open(directory, Tier::hours, month, Access::read_write);
    if (!hours) return hours.error();
    if (auto named = name_series(*hours, series); !named) return named;
    for (const auto& round : file->rounds()) {
        auto hour_round = round;
        hour_round.n = hours_round(day - first_day_of(month), round.n);
        const bool has_minutes = minutes->has(round.n);
        const bool has_hours = hours->has(hour_round.n);
        if (has_minutes && has_hours) continue;
        auto rows = roll_round(*file, round, day);
        if (!rows) return rows.error();
        if (!has_minutes)
            if (auto done = minutes->add(round, rows->minutes); !done) return done;
        if (!has_hours)
            if (auto done = hours->add(hour_round, rows->hours); !done) return done;
    }
    return {};
}

}  // namespace tidegate::store

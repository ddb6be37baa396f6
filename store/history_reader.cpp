#include "store/history_reader.hpp"

#include "store/repeats.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tidegate::store {

namespace {

bool cancelled(const std::stop_token& stop)
{
    return stop.stop_requested();
}

const Error cancelled_error{ErrorKind::unavailable, "cancelled"};

bool overlaps(const Round& round, std::int64_t from_ms, std::int64_t to_ms)
{
    return round.to_ms >= from_ms && round.from_ms < to_ms;
}

// What was sealed between the copy of the hot table and the reading of the file is in both: it is taken from
// the file.
void drop_sealed(std::array<HotPart, 2>& hot, std::uint64_t through, std::int64_t from_ms, std::int64_t to_ms)
{
    for (auto& part : hot) {
        if (through < part.last_seq) continue;
        std::erase_if(part.points,
                      [&](const Point& point) { return point.time_ms >= from_ms && point.time_ms < to_ms; });
    }
}

void take(const std::array<HotPart, 2>& hot,
          std::int64_t from_ms,
          std::int64_t to_ms,
          std::vector<Point>& points)
{
    for (const auto& part : hot)
        for (const auto& point : part.points)
            if (point.time_ms >= from_ms && point.time_ms < to_ms) points.push_back(point);
}

void sort_by_start(std::vector<Rollup>& rollups)
{
    std::stable_sort(rollups.begin(), rollups.end(),
                     [](auto& a, auto& b) { return a.start_ms < b.start_ms; });
}

constexpr std::int64_t few_periods = 62;

// The periods of a range that may hold anything. A range may reach to the end of time: then only those are
// asked that have a file, or something hot.
std::vector<std::int64_t> periods(const std::filesystem::path& directory,
                                  Tier tier,
                                  std::int64_t from_ms,
                                  std::int64_t to_ms,
                                  const std::array<HotPart, 2>& hot)
{
    const auto first = period_of(tier, day_of(from_ms));
    const auto last = period_of(tier, day_of(to_ms - 1));
    std::set<std::int64_t> found;
    if (last - first < few_periods) {
        for (auto period = first; period <= last; ++period) found.insert(period);
        return {found.begin(), found.end()};
    }
    const auto add = [&](Tier other) {
        for (const auto& [period, file] : sealed_files(directory, other)) found.insert(period);
    };
    add(tier);
    if (tier != Tier::hours) add(tier == Tier::minutes ? Tier::readings : Tier::minutes);
    for (const auto& part : hot)
        for (const auto& point : part.points) found.insert(period_of(tier, day_of(point.time_ms)));
    return {found.lower_bound(first), found.upper_bound(last)};
}

}  // namespace

HistoryReader::HistoryReader(std::filesystem::path directory, const HotTable& hot)
    : hot_(hot),
      directory_(std::move(directory)),
      files_(directory_)
{
}

Result<> HistoryReader::note_damage(std::int64_t day, const Error& error)
{
    if (error.kind == ErrorKind::corrupt) damaged_ = day;
    return error;
}

std::optional<std::int64_t> HistoryReader::take_damaged()
{
    if (damaged_) files_ = SealedCache(directory_);
    return std::exchange(damaged_, std::nullopt);
}

// A round is known by its number in every tier that it is in: of some the readings may be thinned already,
// when late ones made another round of the day. The coarsest tier first: what is sealed meanwhile is in the
// readings before it is in any other, so that a round which these do not have is thinned, and not new.
Result<HistoryReader::Day> HistoryReader::open_day(std::int64_t day)
{
    Day opened;
    std::map<std::int64_t, Round> rounds;
    for (const auto tier : {Tier::hours, Tier::minutes, Tier::readings}) {
        auto file = files_.get(tier, period_of(tier, day));
        if (!file) return note_damage(day, file.error()).error();
        // Readings that are lost as a whole: minutes in their place would make an answer coarse that has
        // others.
        if (tier == Tier::readings && *file != nullptr && (*file)->rounds().empty()) return Day{};
        opened.files[static_cast<std::size_t>(tier)] = *file;
        if (*file == nullptr) continue;
        for (const auto& round : (*file)->rounds_of(day)) rounds.insert_or_assign(round.n, round);
    }
    for (const auto& [n, round] : rounds) opened.rounds.push_back(round);
    return opened;
}

// A day's readings, or, with `tier` minutes, its minutes and the readings of what is too slow to have any.
// What is not kept any more has the next coarser tier stand in for it.
Result<> HistoryReader::read_day(SeriesId series,
                                 std::int64_t day,
                                 Tier tier,
                                 std::int64_t from_ms,
                                 std::int64_t to_ms,
                                 Hot& hot,
                                 std::vector<Point>& points,
                                 std::vector<Rollup>& rollups)
{
    auto opened = open_day(day);
    if (!opened) return opened.error();
    auto order = std::array{Tier::readings, Tier::minutes, Tier::hours};
    if (tier == Tier::minutes) std::swap(order[0], order[1]);
    std::uint64_t through = 0;
    for (const auto& round : opened->rounds) through = std::max(through, round.through);
    drop_sealed(hot, through, day * day_ms, (day + 1) * day_ms);
    for (const auto& round : opened->rounds) {
        if (!overlaps(round, from_ms, to_ms)) continue;
        const auto before = points.size() + rollups.size();
        for (const auto one : order) {
            auto* file = opened->files[static_cast<std::size_t>(one)];
            const auto n = round_in(one, day, round.n);
            if (file == nullptr || !file->has(n)) continue;
            if (auto done = file->read(n, series, points, rollups); !done)
                return note_damage(day, done.error());
            // Where the readings are kept, what is not among them was not there, or is lost.
            if (points.size() + rollups.size() > before || one == Tier::readings) break;
        }
    }
    return {};
}

Result<> HistoryReader::read_hours(SeriesId series,
                                   std::int64_t month,
                                   std::int64_t from_ms,
                                   std::int64_t to_ms,
                                   Hot& hot,
                                   std::vector<Rollup>& rollups)
{
    auto file = files_.get(Tier::hours, month);
    if (!file) return note_damage(first_day_of(month), file.error());
    if (*file == nullptr) return {};
    std::vector<Point> none;
    for (const auto& round : (*file)->rounds()) {
        if (!overlaps(round, from_ms, to_ms)) continue;
        const auto start = day_of(round.from_ms) * day_ms;
        drop_sealed(hot, round.through, start, start + day_ms);
        if (auto done = (*file)->read(round.n, series, none, rollups); !done)
            return note_damage(first_day_of(month), done.error());
    }
    std::erase_if(rollups, [&](auto& hour) { return hour.start_ms < from_ms || hour.start_ms >= to_ms; });
    return {};
}

// How many readings there are in the range, as the hours tell it; a part of an hour has its share.
Result<std::uint64_t> HistoryReader::count(SeriesId series, const HistoryPlan& plan, Hot hot)
{
    const auto from = plan.start_ms / hour_ms * hour_ms;
    const auto to = (plan.end_ms + hour_ms - 1) / hour_ms * hour_ms;
    std::uint64_t sealed = 0;
    for (const auto month : periods(directory_, Tier::hours, from, to, hot)) {
        std::vector<Rollup> hours;
        if (auto done = read_hours(series, month, from, to, hot, hours); !done) return done.error();
        for (const auto& hour : hours) sealed += hour.count;
    }
    const auto share = static_cast<double>(plan.end_ms - plan.start_ms) / static_cast<double>(to - from);
    return static_cast<std::uint64_t>(share * static_cast<double>(sealed)) + hot[0].points.size() +
           hot[1].points.size();
}

Result<> HistoryReader::add_readings(
    SeriesId series, const HistoryQuery& query, Hot hot, const std::stop_token& stop, Fit& fit)
{
    for (const auto day : periods(directory_, Tier::readings, query.from_ms, query.to_ms, hot)) {
        if (cancelled(stop)) return cancelled_error;
        const auto from = std::max(query.from_ms, day * day_ms);
        const auto to = std::min(query.to_ms, (day + 1) * day_ms);
        std::vector<Point> points;
        std::vector<Rollup> rollups;  // where the readings are gone
        auto done = read_day(series, day, Tier::readings, from, to, hot, points, rollups);
        if (!done) return done;
        take(hot, from, to, points);
        std::erase_if(points, [&](auto& point) { return point.time_ms < from || point.time_ms >= to; });
        sort_without_repeats(points);
        sort_by_start(rollups);
        auto next = points.begin();
        for (const auto& rollup : rollups) {
            if (rollup.start_ms < from || rollup.start_ms >= to) continue;
            for (; next != points.end() && next->time_ms < rollup.start_ms; ++next) fit.add(std::move(*next));
            fit.add(rollup);
        }
        for (; next != points.end(); ++next) fit.add(std::move(*next));
    }
    return {};
}

Result<> HistoryReader::add_rollups(
    SeriesId series, const HistoryPlan& plan, Hot hot, const std::stop_token& stop, Fit& fit)
{
    const auto width = width_ms(plan.tier);
    for (const auto period : periods(directory_, plan.tier, plan.start_ms, plan.end_ms, hot)) {
        if (cancelled(stop)) return cancelled_error;
        const auto from = std::max(plan.start_ms, start_ms(plan.tier, period));
        const auto to = std::min(plan.end_ms, start_ms(plan.tier, period + 1));
        std::vector<Point> points;
        std::vector<Rollup> rollups;
        auto done = plan.tier == Tier::hours
                        ? read_hours(series, period, from, to, hot, rollups)
                        : read_day(series, period, plan.tier, from, to, hot, points, rollups);
        if (!done) return done;
        take(hot, from, to, points);
        std::erase_if(points, [&](auto& point) { return point.time_ms < from || point.time_ms >= to; });
        sort_without_repeats(points);
        for (auto& rollup : roll(points, width)) rollups.push_back(std::move(rollup));
        sort_by_start(rollups);
        for (const auto& rollup : rollups)
            if (rollup.start_ms >= from && rollup.start_ms < to) fit.add(rollup);
    }
    return {};
}

Result<SeriesHistory> HistoryReader::read(SeriesId series,
                                          const HistoryQuery& query,
                                          const HistoryPlan& plan,
                                          const std::stop_token& stop)
{
    // The hot points first: what is sealed between the two reads is then there twice, and not missing.
    auto hot = hot_.copy(series, plan.start_ms, plan.end_ms);
    Fit fit(query.points, plan.start_ms, plan.width_ms);
    bool few = plan.tier == Tier::readings;
    if (!few) {
        auto counted = count(series, plan, hot);
        if (!counted) return counted.error();
        few = *counted <= 2 * query.points;
    }
    auto done = few ? add_readings(series, query, std::move(hot), stop, fit)
                    : add_rollups(series, plan, std::move(hot), stop, fit);
    if (!done) return done.error();
    return fit.take(series);
}

Result<History> HistoryReader::read(const HistoryQuery& query, const std::stop_token& stop)
{
    if (query.from_ms < 0 || query.to_ms <= query.from_ms || query.points == 0)
        return Error{ErrorKind::invalid, "history: needs 0 <= from < to and points > 0"};
    const auto how = plan(query);
    History history;
    for (const auto series : query.series) {
        auto found = read(series, query, how, stop);
        if (!found) return found.error();
        history.series.push_back(std::move(*found));
        if (!history.series.back().raw) history.resolution_ms = how.width_ms;
    }
    return history;
}

}  // namespace tidegate::store

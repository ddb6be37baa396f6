#include "store/sealer.hpp"

#include "base/log.hpp"
#include "store/boot_clock.hpp"
#include "store/sealed_file.hpp"
#include "store/tiers.hpp"

#include <algorithm>
#include <pthread.h>

namespace tidegate::store {

namespace {

constexpr std::int64_t bucket_ms = 12 * hour_ms;
constexpr std::chrono::milliseconds pause{2000};
constexpr std::chrono::milliseconds pause_for_sync{200};  // what is to be sealed is on the disk soon
constexpr std::int64_t bounds_every_ms = 20'000;
constexpr std::int64_t look_every_ms = hour_ms;

}  // namespace

Sealer::Sealer(const StoreOptions& options,
               HotTable& hot,
               const SeriesTable& series,
               GapBook& gaps,
               Log log,
               std::set<std::int64_t> unfinished,
               std::uint64_t next_slot)
    : options_(options),
      hot_(hot),
      series_(series),
      gaps_(gaps),
      log_(std::move(log)),
      retention_(options, gaps),
      forgetting_(options.directory, series, gaps),
      unfinished_(std::move(unfinished)),
      next_slot_(next_slot),
      bucket_(log_.clock().wall_ms / bucket_ms),
      look_due_ms_(boot_ms() + look_every_ms)
{
}

Sealer::~Sealer()
{
    stop();
}

void Sealer::start()
{
    thread_ = std::jthread([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "tg-sealer");
        run(stop);
    });
}

void Sealer::stop()
{
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

void Sealer::run(const std::stop_token& stop)
{
    std::string trouble;
    while (!stop.stop_requested()) {
        // The bounds first and in any case: on a full disk they are what makes room for the round.
        const auto clock = log_.clock();
        const auto kept = keep_bounds(clock);
        const auto forgotten = forget(clock);
        const auto sealed = seal(clock.wall_ms, false);
        const auto looked = look_through_one();
        const auto& done = !kept ? kept : !sealed ? sealed : !forgotten ? forgotten : looked;
        if (const auto now = done ? std::string() : done.error().what; now != trouble) {
            if (now.empty())
                log::info("sealing resumed");
            else
                log::error("sealing failed, it is tried again: {}", now);
            trouble = now;
        }
        wait(trouble.empty(), stop);
    }
}

// A round that is frozen already, and what fails, is tried again after a while.
void Sealer::wait(bool well, const std::stop_token& stop)
{
    if (well && hot_.round() == nullptr) return hot_.wait_pressed(options_.hot_readings, pause, stop);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, well ? pause_for_sync : pause, [] { return false; });
}

Result<> Sealer::keep_bounds(const BatchClock& now)
{
    const bool clock_set = now.synchronised && !std::exchange(bounds_clock_, now.synchronised);
    if (boot_ms() < bounds_due_ms_ && !clock_set) return {};
    const std::scoped_lock lock(round_);  // a history query may want the same files mended
    auto bytes = retention_.keep_bounds(now.wall_ms, now.synchronised, log_.sent());
    if (const auto day = retention_.take_damaged()) {
        auto mended = mend_files(*day);
        if (!mended) return mended.error();
        log_.damage(*mended);
    }
    if (!bytes) return bytes.error();
    history_bytes_ = *bytes;
    held_.look(options_, day_of(now.wall_ms));
    bounds_due_ms_ = boot_ms() + bounds_every_ms;
    return {};
}

void Sealer::use(SeriesAges ages)
{
    const std::scoped_lock lock(mutex_);
    next_ages_ = std::move(ages);
}

// A file at a time: a round waits for one at most.
Result<> Sealer::forget(const BatchClock& now)
{
    {
        const std::scoped_lock lock(mutex_);
        if (next_ages_) forgetting_.use(std::move(*next_ages_));
        next_ages_.reset();
    }
    if (!now.synchronised) return {};
    const std::scoped_lock lock(round_);
    auto done = forgetting_.step(now.wall_ms, log_.sent());
    if (const auto day = forgetting_.damaged_day()) {
        auto mended = mend_files(*day);
        if (!mended) return mended.error();
        log_.damage(*mended);
        return {};
    }
    if (!done) return Error{done.error().kind, "series that are old enough cannot go: " + done.error().what};
    return done;
}

// A day an hour is read and checked, the oldest first, so that damage is found while there may be a backup.
Result<> Sealer::look_through_one()
{
    if (boot_ms() < look_due_ms_) return {};
    look_due_ms_ = boot_ms() + look_every_ms;
    std::set<std::int64_t> days;
    for (const auto tier : {Tier::readings, Tier::minutes})
        for (const auto& [day, file] : sealed_files(options_.directory, tier)) days.insert(day);
    auto next = days.upper_bound(looked_through_);
    if (next == days.end()) next = days.begin();
    if (next == days.end()) return {};
    looked_through_ = *next;
    auto mended = mend(*next);
    if (!mended) return mended.error();
    if (!mended->empty()) log_.damage(*mended);
    return {};
}

bool Sealer::due(std::int64_t now_ms) const
{
    // What waits for the clock to be set is not sealed while it can be helped: there it stays as it is.
    return hot_.is_pressed(options_.hot_readings) || (now_ms / bucket_ms != bucket_ && log_.settled());
}

Result<> Sealer::finish_unfinished()
{
    while (!unfinished_.empty()) {
        if (auto done = roll_day(options_.directory, *unfinished_.begin(), series_); !done) return done;
        unfinished_.erase(unfinished_.begin());
    }
    return {};
}

Result<> Sealer::seal(std::int64_t now_ms, bool all)
{
    const std::scoped_lock lock(round_);
    if (auto done = finish_unfinished(); !done) return done;
    const auto* round = hot_.round();
    if (round == nullptr && (all || due(now_ms))) {
        round = hot_.freeze();
        bucket_ = now_ms / bucket_ms;
    }
    if (round == nullptr || log_.synced() < round->last_seq()) return {};
    next_slot_ = std::max(next_slot_, round->first_seq());
    for (const auto day : round->days()) {
        auto done = seal_day(*round, day);
        if (!done && done.error().kind == ErrorKind::corrupt) {
            auto mended = mend_files(day);
            if (!mended) return mended.error();
            log_.damage(*mended);
            done = seal_day(*round, day);
        }
        if (!done) return done;
    }
    const auto end = round->last_seq();
    hot_.drop_round();
    log_.sealed(end);
    return {};
}

Result<std::vector<std::string>> Sealer::mend(std::int64_t day)
{
    const std::scoped_lock lock(round_);
    return mend_files(day);
}

// What is lost with it is a gap: how much of which series, where the file still says what it had.
Result<std::vector<std::string>> Sealer::mend_files(std::int64_t day)
{
    const auto readings = account(options_.directory, Tier::readings, day);
    const auto minutes = account(options_.directory, Tier::minutes, day);
    std::set<Tier> sealed_before;
    for (const auto tier : {Tier::readings, Tier::minutes})
        if (std::filesystem::exists(sealed_path(options_.directory, tier, day))) sealed_before.insert(tier);
    auto mended = mend_day(options_.directory, day, series_);
    if (!mended || mended->empty()) return mended;
    for (const auto* before : {&readings, &minutes}) {
        const auto after = account(options_.directory, before->of, day);
        auto lost = lost_between(*before, after);
        const bool unread =
            before->parts.empty() && sealed_before.contains(before->of) && after.parts.empty();
        if (lost.count == 0 && !unread) continue;
        if (unread) {
            lost.from_ms = day * day_ms;
            lost.to_ms = lost.from_ms + day_ms - 1;
        }
        lost.resolution_ms = hour_ms;
        lost.reason = "damage";
        gaps_.add(std::move(lost));
    }
    return mended;
}

Result<> Sealer::seal_day(const HotReadings& readings, std::int64_t day)
{
    const auto start = day * day_ms;
    Round round;
    round.first_slot = next_slot_;
    round.through = readings.last_seq();
    round.from_ms = start + day_ms;
    round.to_ms = start;
    RolledRound rolled;
    std::vector<SealedRow> rows;
    std::vector<Point> points;
    readings.each(day, [&](SeriesId series, const HotSeries& hot) {
        round.count += hot.count();
        round.from_ms = std::min(round.from_ms, hot.least_ms());
        round.to_ms = std::max(round.to_ms, hot.most_ms());
        rows.push_back({series, hot.count(), hot.encode()});
        points.clear();
        hot.copy().give(start, start + day_ms, points);
        rolled.add(series, day, points);
    });
    auto file = SealedFile::open(options_.directory, Tier::readings, day, Access::read_write);
    if (!file) return file.error();
    if (file->through() >= readings.last_seq())  // done before something else failed
        return roll_day(options_.directory, day, series_);
    auto last = last_round(options_.directory, day);
    if (!last) return last.error();
    rolled.n = round.n = *last + 1;
    if (auto done = file->add(round, rows); !done) return done;
    forgetting_.sealed(day);
    next_slot_ += round.count;
    return roll_day(options_.directory, day, series_, rolled);
}

}  // namespace tidegate::store

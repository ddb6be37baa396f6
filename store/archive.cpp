#include "store/archive.hpp"

#include "store/repeats.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tidegate::store {

namespace {

constexpr std::size_t most_open = 3;  // sealed files

// Whether two tiers speak of the same round of a day. One that was salvaged without its row says of nothing
// that it is sealed; then its number has to do.
bool is_same(const Round& a, const Round& b)
{
    if (a.through == 0 || b.through == 0) return a.n == b.n;
    return a.through == b.through;
}

bool has(const std::vector<Round>& rounds, const Round& wanted)
{
    return std::any_of(rounds.begin(), rounds.end(), [&](auto& round) { return is_same(round, wanted); });
}

std::uint64_t greatest_through(const std::vector<Round>& rounds)
{
    std::uint64_t through = 0;
    for (const auto& round : rounds) through = std::max(through, round.through);
    return through;
}

void put_in_order(std::vector<Rollup>& rollups, std::int64_t from_ms, std::int64_t to_ms)
{
    std::erase_if(rollups, [&](auto& one) { return one.start_ms < from_ms || one.start_ms >= to_ms; });
    std::stable_sort(rollups.begin(), rollups.end(),
                     [](auto& a, auto& b) { return a.start_ms < b.start_ms; });
}

}  // namespace

Result<std::unique_ptr<Archive>> Archive::open(const std::filesystem::path& directory,
                                               const ArchiveQuery& query)
{
    auto snapshot = LogSnapshot::take(directory, query);
    if (!snapshot) return snapshot.error();
    const auto& hot = (*snapshot)->hot;
    auto series = std::move((*snapshot)->series);
    std::unique_ptr<Archive> archive(  // NOLINT: the constructor is private
        new Archive(directory, std::move(*snapshot), hot, std::move(series), query, {}));
    if (const auto lost = archive->snapshot_->damaged; lost > 0)
        archive->damage_.push_back(fmt::format("log.db: {} damaged batches are left out", lost));
    return archive;
}

Archive::Archive(std::filesystem::path directory,
                 const HotTable& hot,
                 std::vector<Series> series,
                 const ArchiveQuery& query,
                 Mend mend)
    : Archive(std::move(directory), nullptr, hot, std::move(series), query, std::move(mend))
{
}

Archive::Archive(std::filesystem::path directory,
                 std::unique_ptr<LogSnapshot> snapshot,
                 const HotTable& hot,
                 std::vector<Series> series,
                 const ArchiveQuery& query,
                 Mend mend)
    : directory_(std::move(directory)),
      snapshot_(std::move(snapshot)),
      hot_(hot),
      series_(std::move(series)),
      from_ms_(query.from_ms),
      to_ms_(query.to_ms),
      mend_(std::move(mend)),
      files_(directory_, most_open),
      lenient_(!mend_)
{
}

// What is not sealed first: a day that is sealed meanwhile is then listed twice, and not missing.
Result<> Archive::list_days()
{
    const auto first = day_of(from_ms_);
    const auto last = day_of(to_ms_ - 1);
    auto days = hot_.days();
    for (const auto tier : {Tier::readings, Tier::minutes})
        for (const auto& [day, path] : sealed_files(directory_, tier)) days.insert(day);
    for (const auto& [month, path] : sealed_files(directory_, Tier::hours)) {
        const auto month_day = first_day_of(month);
        if (month_day > last || first_day_of(month + 1) <= first) continue;
        auto done = until_whole(month_day, [&, of_month = month]() -> Result<bool> {
            auto hours = file(Tier::hours, first_day_of(of_month));
            if (!hours) return hours.error();
            if (*hours == nullptr) return true;
            for (const auto& round : (*hours)->rounds())
                days.insert(day_of_round(Tier::hours, of_month, round.n));
            return true;
        });
        if (!done) return done;
    }
    if (from_ms_ < to_ms_) days_.assign(days.lower_bound(first), days.upper_bound(last));
    return {};
}

double Archive::done() const
{
    const auto all = days_.size() * series_.size();
    if (!listed_) return 0;
    return all == 0 ? 1 : static_cast<double>(at_) / static_cast<double>(all);
}

Result<const Stretch*> Archive::next(const std::stop_token& stop)
{
    if (!listed_)
        if (auto done = list_days(); !done) return done.error();
    listed_ = true;
    while (at_ < days_.size() * series_.size()) {
        if (stop.stop_requested()) return Error{ErrorKind::unavailable, "cancelled"};
        const auto day = days_[at_ / series_.size()];
        const auto series = series_[at_ % series_.size()].id;
        auto done = until_whole(day, [&] { return read_once(day, series); });
        if (!done) return done.error();
        ++at_;
        if (!stretch_.empty()) return &stretch_;
    }
    return nullptr;
}

// Does the work, again and again while it says false, and after what is damaged of the day was mended.
Result<> Archive::until_whole(std::int64_t day, const std::function<Result<bool>()>& work)
{
    for (;;) {
        auto whole = work();
        if (whole && *whole) break;
        if (whole) continue;
        if (whole.error().kind != ErrorKind::corrupt || lenient_) return whole.error();
        auto mended = mend_(day);
        if (!mended) return mended.error();
        files_ = SealedCache(directory_, most_open);
        lenient_ = !*mended;  // what is damaged is not what is read here
    }
    lenient_ = !mend_;
    return {};
}

// Errors: `error` itself, where it is not to be passed over.
Result<> Archive::pass_over(const std::string& what, const Error& error)
{
    if (error.kind != ErrorKind::corrupt || !lenient_) return error;
    const auto line = fmt::format("{}: damaged, left out: {}", what, error.what);
    if (std::find(damage_.begin(), damage_.end(), line) == damage_.end()) damage_.push_back(line);
    return {};
}

// Nullptr: there is none, or it cannot be read and that was noted.
Result<SealedFile*> Archive::file(Tier tier, std::int64_t day)
{
    const auto period = period_of(tier, day);
    const auto path = sealed_path(directory_, tier, period);
    if (unreadable_.contains(path)) return nullptr;
    auto found = files_.get(tier, period);
    if (found) return found;
    if (auto passed = pass_over(path.filename().string(), found.error()); !passed) return passed.error();
    unreadable_.insert(path);
    return nullptr;
}

// Those of the day that are part of what is to be read.
std::vector<Round> Archive::rounds_of(SealedFile* file, std::int64_t day) const
{
    if (file == nullptr) return {};
    auto rounds = file->rounds_of(day);
    if (!snapshot_) return rounds;
    std::erase_if(rounds, [most = snapshot_->sealed_through(day)](auto& one) { return one.through > most; });
    return rounds;
}

// Whether the day has a part whose readings are gone. Asked once a day, and again when its rounds change.
Result<bool> Archive::is_thinned(std::int64_t day, const std::vector<Round>& readings)
{
    const auto through = greatest_through(readings);
    if (seen_.day == day && seen_.rounds == readings.size() && seen_.through == through && !seen_.thinned)
        return false;
    seen_ = {day, readings.size(), through, false};
    for (const auto tier : {Tier::minutes, Tier::hours}) {
        auto other = file(tier, day);
        if (!other) return other.error();
        for (const auto& round : rounds_of(*other, day))
            if (!has(readings, round)) seen_.thinned = true;
    }
    return seen_.thinned;
}

// A series' part of a round. False: it has none.
Result<bool> Archive::read_row(SealedFile& file, Tier tier, std::int64_t n, SeriesId series)
{
    auto& rollups = tier == Tier::hours ? stretch_.hours : stretch_.minutes;
    const auto before = stretch_.readings.size() + rollups.size();
    if (auto done = file.read(round_in(tier, stretch_.day, n), series, stretch_.readings, rollups); !done) {
        const auto path = sealed_path(directory_, tier, period_of(tier, stretch_.day));
        if (auto passed = pass_over(path.filename().string(), done.error()); !passed) return passed.error();
    }
    return stretch_.readings.size() + rollups.size() > before;
}

// False: something was sealed while this was read; it is to be read again.
Result<bool> Archive::read_once(std::int64_t day, SeriesId series)
{
    const auto from = std::max(from_ms_, day * day_ms);
    const auto to = std::min(to_ms_, (day + 1) * day_ms);
    stretch_ = {series, day, {}, {}, {}};
    // What is not sealed first, then the files, the finest tier first: what is sealed or thinned in between
    // is then seen twice, and known by its round.
    const auto hot = hot_.copy(series, from, to);
    auto file = this->file(Tier::readings, day);
    if (!file) return file.error();
    const auto readings = rounds_of(*file, day);
    std::vector<Round> known;  // whose part of this series was found
    for (const auto& round : readings) {
        auto there = read_row(**file, Tier::readings, round.n, series);
        if (!there) return there.error();
        if (*there) known.push_back(round);
    }
    auto through = greatest_through(readings);

    auto thinned = is_thinned(day, readings);
    if (!thinned) return thinned.error();
    // Where a row is not there it may have been lost: the minutes have it still.
    if (*thinned || known.size() < readings.size()) {
        for (const auto tier : {Tier::minutes, Tier::hours}) {
            file = this->file(tier, day);
            if (!file) return file.error();
            for (const auto& round : rounds_of(*file, day)) {
                through = std::max(through, round.through);
                if (has(known, round)) continue;
                auto there = read_row(**file, tier, round.n, series);
                if (!there) return there.error();
                if (*there) known.push_back(round);
            }
        }
        file = this->file(Tier::readings, day);
        if (!file) return file.error();
        if (greatest_through(rounds_of(*file, day)) > greatest_through(readings)) return false;
    }

    for (const auto& part : hot)
        if (part.last_seq > through)
            stretch_.readings.insert(stretch_.readings.end(), part.points.begin(), part.points.end());
    std::erase_if(stretch_.readings, [&](auto& one) { return one.time_ms < from || one.time_ms >= to; });
    sort_without_repeats(stretch_.readings);
    put_in_order(stretch_.minutes, from, to);
    put_in_order(stretch_.hours, from, to);
    return true;
}

}  // namespace tidegate::store

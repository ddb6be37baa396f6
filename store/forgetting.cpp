#include "store/forgetting.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/whole_file.hpp"
#include "store/boot_clock.hpp"
#include "store/sealed_file.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <utility>

namespace tidegate::store {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();

void forget_before(std::map<std::int64_t, std::int64_t>& through, std::int64_t day)
{
    for (auto& [age, last] : through) last = std::min(last, day - 1);
}

}  // namespace

Forgetting::Forgetting(std::filesystem::path directory, const SeriesTable& series, GapBook& gaps)
    : directory_(std::move(directory)),
      series_(series),
      gaps_(gaps)
{
}

void Forgetting::use(SeriesAges ages)
{
    ages_ = std::move(ages);
    files_.clear();
    wanted_.clear();
    load();
}

Result<> Forgetting::step(std::int64_t now_ms, std::uint64_t sent)
{
    damaged_.reset();
    if (ages_.ages.empty()) return {};
    const auto today = day_of(now_ms);
    if (files_.empty()) plan(today);
    if (files_.empty()) return {};
    if (auto done = go_through(files_.front(), today, sent); !done) {
        const auto& [tier, period] = files_.front();
        if (done.error().kind == ErrorKind::corrupt)
            damaged_ = tier == Tier::hours ? first_day_of(period) : period;
        return done;
    }
    files_.pop_front();
    if (files_.empty()) finish();
    return {};
}

void Forgetting::plan(std::int64_t today)
{
    wanted_.clear();
    waits_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t from = std::numeric_limits<std::int64_t>::max(), to = never;
    for (const auto age : ages_.ages) {
        const auto last = today - age.count() - 1;
        const auto known = through_.find(age.count());
        const auto through = known == through_.end() ? never : known->second;
        if (through >= last) continue;
        wanted_[age.count()] = last;
        from = std::min(from, through == never ? never : through + 1);
        to = std::max(to, last);
    }
    if (wanted_.empty()) return;
    for (const auto tier : {Tier::readings, Tier::minutes, Tier::hours})
        for (const auto& [period, path] : sealed_files(directory_, tier)) {
            const bool late = tier == Tier::hours ? first_day_of(period + 1) > from : period >= from;
            const auto first = tier == Tier::hours ? first_day_of(period) : period;
            if (late && first <= to) files_.push_back({tier, period});
        }
    if (files_.empty()) finish();
}

void Forgetting::finish()
{
    for (const auto& [age, last] : wanted_) through_[age] = std::min(last, waits_ - 1);
    wanted_.clear();
    save();
}

// Days before there were any are those of a clock that was not set: their age is not known.
Forgetting::Gone Forgetting::gone(std::int64_t today) const
{
    std::map<SeriesId, std::int64_t> ages;
    for (const auto& series : series_.list(0, series_.last()))
        if (const auto age = ages_.of(series)) ages.emplace(series.id, age->count());
    return [ages = std::move(ages), today](SeriesId series, std::int64_t day) {
        const auto found = ages.find(series);
        return found != ages.end() && day * day_ms >= impossible_before_ms && day + found->second < today;
    };
}

Result<> Forgetting::go_through(const File& file, std::int64_t today, std::uint64_t sent)
{
    const auto [tier, period] = file;
    auto from = SealedFile::open(directory_, tier, period, Access::read_only);
    if (!from && from.error().kind == ErrorKind::not_found) return {};
    if (!from) return from.error();
    if (tier == Tier::readings && from->through() > sent) {
        waits_ = std::min(waits_, period);
        return {};
    }
    Gap gap;
    gap.at_ms = wall_ms();
    gap.of = tier;
    gap.reason = "age";
    const auto goes = gone(today);
    for (const auto& round : from->rounds()) {
        const auto day = day_of_round(tier, period, round.n);
        auto counts = from->counts(round.n);
        if (!counts) return counts.error();
        std::erase_if(*counts, [&](const auto& part) { return !goes(part.first, day); });
        if (counts->empty()) continue;
        GapPart part{0, round.from_ms, round.to_ms, std::move(*counts)};
        gap.count += count_of(part);
        gap.from_ms = gap.from_ms == 0 ? part.from_ms : std::min(gap.from_ms, part.from_ms);
        gap.to_ms = std::max(gap.to_ms, part.to_ms);
        gap.parts.push_back(std::move(part));
    }
    if (gap.parts.empty()) return {};
    if (auto done = from->write_without(goes); !done) return done;
    log::info("history shortened file={} reason=age count={}",
              sealed_path(directory_, tier, period).filename().string(), gap.count);
    gaps_.add(std::move(gap));
    return {};
}

void Forgetting::sealed(std::int64_t day)
{
    forget_before(through_, day);
    forget_before(wanted_, day);
}

void Forgetting::load()
{
    through_.clear();
    const auto text = read_whole_file(directory_ / "ages");
    if (!text) return;
    std::istringstream in(*text);
    std::uint64_t fingerprint = 0;
    if (!(in >> fingerprint) || fingerprint != ages_.fingerprint) return;
    for (std::int64_t age = 0, through = 0; in >> age >> through;) through_[age] = through;
}

// Where it cannot be written, files are gone through once more after a restart: no harm.
void Forgetting::save() const
{
    auto text = fmt::format("{}\n", ages_.fingerprint);
    for (const auto& [age, through] : through_) text += fmt::format("{} {}\n", age, through);
    (void)write_whole_file(directory_ / "ages", text);
}

}  // namespace tidegate::store

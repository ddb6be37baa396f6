#include "store/retention.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/boot_clock.hpp"
#include "store/sealed_file.hpp"

#include <sys/stat.h>

#include <array>
#include <fmt/format.h>

namespace tidegate::store {

namespace {

constexpr std::array tiers{Tier::readings, Tier::minutes, Tier::hours};

std::uint64_t bytes_of(const std::filesystem::path& file)
{
    std::uint64_t bytes = 0;
    for (const auto* suffix : {"", "-journal"}) {
        struct stat status {};
        if (::stat((file.string() + suffix).c_str(), &status) == 0)
            bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
    }
    return bytes;
}

void unlink_file(const std::filesystem::path& file)
{
    std::error_code ignored;
    for (const auto* suffix : {"", "-journal"}) std::filesystem::remove(file.string() + suffix, ignored);
}

// Whether every upstream has all that is in a day's file, as far as it can be told.
bool is_sent(const std::filesystem::path& directory, std::int64_t day, std::uint64_t sent)
{
    auto file = SealedFile::open(directory, Tier::readings, day, Access::read_only);
    return file && file->through() <= sent;
}

// The readings that have no minutes join them: of slow series they are as short.
Result<> keep_slow_readings(const std::filesystem::path& directory, std::int64_t day)
{
    auto from = SealedFile::open(directory, Tier::readings, day, Access::read_only);
    if (!from && from.error().kind == ErrorKind::not_found) return {};
    if (!from) return from.error();
    auto to = SealedFile::open(directory, Tier::minutes, day, Access::read_write);
    if (!to) return to.error();
    return to->take_missing(*from);
}

// Of what there is instead of a tier when it goes.
std::int64_t resolution_below(Tier tier)
{
    switch (tier) {
    case Tier::readings: return minute_ms;
    case Tier::minutes: return hour_ms;
    case Tier::hours: return 0;
    }
    return 0;
}

}  // namespace

Gap account(const std::filesystem::path& directory, Tier tier, std::int64_t period)
{
    Gap gap;
    gap.at_ms = wall_ms();
    gap.of = tier;
    auto file = SealedFile::open(directory, tier, period, Access::read_only);
    if (!file) return gap;
    for (const auto& round : file->rounds()) {
        GapPart part{tier == Tier::readings ? round.first_slot : 0, round.from_ms, round.to_ms, {}};
        if (auto counts = file->counts(round.n)) part.series = std::move(*counts);
        const auto count = count_of(part);
        gap.from_ms = gap.from_ms == 0 ? round.from_ms : std::min(gap.from_ms, round.from_ms);
        gap.to_ms = std::max(gap.to_ms, round.to_ms);
        gap.count += count;
        if (part.first_seq > 0 && count > 0) {
            gap.first_seq = gap.first_seq == 0 ? part.first_seq : std::min(gap.first_seq, part.first_seq);
            gap.last_seq = std::max(gap.last_seq, part.first_seq + count - 1);
        }
        gap.parts.push_back(std::move(part));
    }
    return gap;
}

std::uint64_t Retention::bytes() const
{
    std::uint64_t bytes = 0;
    for (const auto tier : tiers)
        for (const auto& [period, file] : files(tier)) bytes += bytes_of(file);
    return bytes;
}

std::string_view Retention::pressure() const
{
    if (bytes() > options_.history_bytes) return "bytes";
    std::error_code failed;
    const auto space = std::filesystem::space(options_.directory, failed);
    return !failed && space.available < options_.free_bytes ? "disk" : "";
}

std::optional<Retention::Step> Retention::next_step(std::int64_t today, std::uint64_t sent) const
{
    const auto days = files(Tier::readings);
    for (const auto& [day, file] : days)
        if (day < today && is_sent(options_.directory, day, sent)) return Step{Tier::readings, day};
    const auto minutes = files(Tier::minutes);
    for (const auto& [day, file] : minutes)
        if (day < today && !days.contains(day)) return Step{Tier::minutes, day};
    for (const auto& [month, file] : files(Tier::hours)) {
        const auto first = first_day_of(month), next = first_day_of(month + 1);
        const auto inside = [&](const Files& other) {
            const auto found = other.lower_bound(first);
            return found != other.end() && found->first < next;
        };
        if (next <= today && !inside(days) && !inside(minutes)) return Step{Tier::hours, month};
    }
    for (const auto& [day, file] : days)
        if (day < today) return Step{Tier::readings, day};
    return std::nullopt;
}

Result<> Retention::take(const Step& step, std::string_view reason, std::uint64_t sent)
{
    const auto path = sealed_path(options_.directory, step.tier, step.period);
    auto gap = account(options_.directory, step.tier, step.period);
    gap.resolution_ms = resolution_below(step.tier);
    gap.reason = reason;
    const bool unsent = step.tier == Tier::readings && !is_sent(options_.directory, step.period, sent);
    if (step.tier == Tier::readings) {
        if (auto kept = keep_slow_readings(options_.directory, step.period); !kept) {
            if (kept.error().kind == ErrorKind::corrupt) damaged_ = step.period;
            if (reason != "disk") return kept;
            gap.resolution_ms = hour_ms;  // there is no room for the minutes
        }
    }
    log::warning("history thinned file={} left_ms={} reason={} count={}{}", path.filename().string(),
                 gap.resolution_ms, reason, gap.count, unsent ? " some of it was not sent" : "");
    give_up(path, std::move(gap));
    return {};
}

// The gap first: an upstream that finds the file gone is told why. On a full disk there is room for it after.
void Retention::give_up(const std::filesystem::path& path, Gap gap)
{
    gaps_.add(std::move(gap));
    unlink_file(path);
    gaps_.write_waiting();
}

Result<> Retention::drop_aged(std::int64_t today)
{
    const auto oldest = today - options_.history_age.count();
    for (const auto tier : tiers) {
        for (const auto& [period, path] : files(tier)) {
            const auto end = tier == Tier::hours ? first_day_of(period + 1) : period + 1;
            if (end > oldest) break;
            // Days before there were any are those of a clock that was not set: their age is not known.
            if (start_ms(tier, period) < impossible_before_ms) continue;
            auto gap = account(options_.directory, tier, period);
            gap.reason = "age";
            log::info("history dropped file={} reason=age", path.filename().string());
            give_up(path, std::move(gap));
        }
    }
    return {};
}

Result<std::uint64_t> Retention::keep_bounds(std::int64_t now_ms, bool clock_synchronised, std::uint64_t sent)
{
    const auto today = day_of(now_ms);
    if (clock_synchronised)
        if (auto done = drop_aged(today); !done) return done.error();
    for (auto reason = pressure(); !reason.empty(); reason = pressure()) {
        const auto step = next_step(today, sent);
        if (!step) break;
        if (auto done = take(*step, reason, sent); !done) return done.error();
    }
    return bytes();
}

}  // namespace tidegate::store

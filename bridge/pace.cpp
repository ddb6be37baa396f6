#include "bridge/pace.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tidegate::bridge {

namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_ms = 24 * hour_ms;
constexpr double to_learn_from = 100;  // records, where it is not known yet how many bytes one takes
constexpr auto no_bound = std::numeric_limits<std::uint64_t>::max();

std::uint64_t number_of(std::int64_t wall_ms, std::int64_t period_ms)
{
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, wall_ms) / period_ms);
}

// Whether a period that bytes were counted in is not the present one any more. A clock that is set back does
// not give an hour or a day again, unless it was days ahead: what it counted then would hold for as long.
bool is_over(std::uint64_t period, std::uint64_t now, std::int64_t period_ms)
{
    return now > period || period - now > static_cast<std::uint64_t>(2 * day_ms / period_ms);
}

void count(std::uint64_t& period,
           std::uint64_t& bytes,
           std::int64_t period_ms,
           std::int64_t wall_ms,
           std::uint64_t more)
{
    if (const auto now = number_of(wall_ms, period_ms); is_over(period, now, period_ms)) {
        period = now;
        bytes = 0;
    }
    bytes += more;
}

std::uint64_t left(std::uint64_t budget, std::uint64_t spent, bool over)
{
    if (budget == 0) return no_bound;
    return over ? budget : budget - std::min(budget, spent);
}

std::chrono::milliseconds until_end_of(std::uint64_t period, std::int64_t period_ms, std::int64_t wall_ms)
{
    const auto end = static_cast<std::int64_t>(period + 1) * period_ms;
    return std::chrono::milliseconds(std::max<std::int64_t>(1, end - wall_ms));
}

// When `bytes` more have gone with what is left now and then `budget` a period, less what new readings take.
struct Budget {
    std::uint64_t a_period, left;
    std::int64_t period_ms, to_end_ms;
};
std::optional<double> seconds_in(const Budget& budget, double bytes, double live_bytes_per_s)
{
    if (budget.a_period == 0) return 0;
    const auto more = bytes - static_cast<double>(budget.left);
    if (more <= 0) return 0;
    const auto period_s = static_cast<double>(budget.period_ms) / 1000;
    const auto a_period = static_cast<double>(budget.a_period) - live_bytes_per_s * period_s;
    if (a_period <= 0) return std::nullopt;
    return static_cast<double>(budget.to_end_ms) / 1000 + std::floor(more / a_period) * period_s;
}

}  // namespace

double TokenBucket::level_at(std::int64_t now_ms) const
{
    const auto ms = static_cast<double>(std::max<std::int64_t>(0, now_ms - at_ms_));
    return std::min(per_second_, level_ + ms * per_second_ / 1000);
}

void TokenBucket::take(std::uint64_t tokens, std::int64_t now_ms)
{
    if (per_second_ <= 0) return;
    level_ = level_at(now_ms) - static_cast<double>(tokens);
    at_ms_ = now_ms;
}

std::chrono::milliseconds TokenBucket::wait(double tokens, std::int64_t now_ms) const
{
    constexpr double nothing = 1e-6;  // what adding up loses
    if (per_second_ <= 0) return {};
    const auto missing = std::min(tokens, per_second_) - level_at(now_ms);
    if (missing <= nothing) return {};
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(missing * 1000 / per_second_)));
}

Pace::Pace(PaceRules rules, const store::Spent& spent, const Moment& now)
    : rules_(rules),
      spent_(spent),
      records_(rules.records_per_s, now.boot_ms),
      bytes_(rules.bytes_per_s, now.boot_ms)
{
}

std::uint64_t Pace::left_in_hour(const Moment& now) const
{
    return left(rules_.bytes_per_hour, spent_.hour_bytes,
                is_over(spent_.hour, number_of(now.wall_ms, hour_ms), hour_ms));
}

std::uint64_t Pace::left_in_day(const Moment& now) const
{
    return left(rules_.bytes_per_day, spent_.day_bytes,
                is_over(spent_.day, number_of(now.wall_ms, day_ms), day_ms));
}

Pace::Hold Pace::hold(std::size_t most, const Moment& now) const
{
    if (left_in_day(now) == 0) return {until_end_of(spent_.day, day_ms, now.wall_ms), "day"};
    if (left_in_hour(now) == 0) return {until_end_of(spent_.hour, hour_ms, now.wall_ms), "hour"};
    const auto records = static_cast<double>(limit(most, now));
    const auto bytes = std::max(1.0, records * bytes_a_record_);
    if (const auto wait = bytes_.wait(bytes, now.boot_ms); wait.count() > 0) return {wait, "bytes"};
    if (const auto wait = records_.wait(records, now.boot_ms); wait.count() > 0) return {wait, "records"};
    return {};
}

std::size_t Pace::limit(std::size_t most, const Moment& now) const
{
    auto records = static_cast<double>(most);
    if (rules_.records_per_s > 0) records = std::min(records, static_cast<double>(rules_.records_per_s));
    auto bytes = std::min(left_in_hour(now), left_in_day(now));
    if (rules_.bytes_per_s > 0) bytes = std::min(bytes, rules_.bytes_per_s);
    if (bytes != no_bound && bytes_a_record_ > 0)
        records = std::min(records, static_cast<double>(bytes) / bytes_a_record_);
    else if (bytes != no_bound)
        records = std::min(records, to_learn_from);
    return std::max<std::size_t>(1, static_cast<std::size_t>(records));
}

void Pace::sent(std::uint64_t bytes, std::uint64_t records, bool backlog, const Moment& now)
{
    count(spent_.hour, spent_.hour_bytes, hour_ms, now.wall_ms, bytes);
    count(spent_.day, spent_.day_bytes, day_ms, now.wall_ms, bytes);
    if (records > 0 && bytes > 0) {
        const auto each = static_cast<double>(bytes) / static_cast<double>(records);
        bytes_a_record_ += bytes_a_record_ > 0 ? (each - bytes_a_record_) / 8 : each;
    }
    if (!backlog) {
        if (live_since_ms_ == 0) live_since_ms_ = now.boot_ms;
        live_bytes_ += bytes;
        return;
    }
    records_.take(records, now.boot_ms);
    bytes_.take(bytes, now.boot_ms);
    if (records == 0) return;
    backlog_rate_.count(records, now.boot_ms);
    speed_ = backlog_rate_.per_second(now.boot_ms);
}

double Pace::live_bytes_per_s(const Moment& now) const
{
    constexpr std::int64_t shortest_ms = 60'000;  // less is chance
    if (live_since_ms_ == 0) return 0;
    return static_cast<double>(live_bytes_) * 1000 /
           static_cast<double>(std::max(shortest_ms, now.boot_ms - live_since_ms_));
}

std::optional<std::int64_t> Pace::seconds_for(std::uint64_t records, const Moment& now) const
{
    if (records == 0) return 0;
    if (speed_ <= 0) return std::nullopt;
    const auto bytes = static_cast<double>(records) * bytes_a_record_;
    const auto live = live_bytes_per_s(now);
    const auto hour = static_cast<std::int64_t>(number_of(now.wall_ms, hour_ms));
    const auto day = static_cast<std::int64_t>(number_of(now.wall_ms, day_ms));
    const auto by_hour = seconds_in(
        {rules_.bytes_per_hour, left_in_hour(now), hour_ms, (hour + 1) * hour_ms - now.wall_ms}, bytes, live);
    const auto by_day = seconds_in(
        {rules_.bytes_per_day, left_in_day(now), day_ms, (day + 1) * day_ms - now.wall_ms}, bytes, live);
    if (!by_hour || !by_day) return std::nullopt;
    const auto by_speed = static_cast<double>(records) / speed_;
    return static_cast<std::int64_t>(std::ceil(std::max({by_speed, *by_hour, *by_day})));
}

}  // namespace tidegate::bridge

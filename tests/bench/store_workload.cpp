#include "store_workload.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <numeric>
#include <string_view>
#include <utility>

namespace tidegate::bench {

namespace {

using store::Reading;
using store::SeriesId;
using store::Value;

constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
constexpr std::size_t sine_steps = 4096;
constexpr double deviation_of_sum = 37'837.2;  // of four uniforms of 16 bits: 65536 * sqrt(4 / 12)
constexpr std::array<std::string_view, 5> words{"idle", "heating", "cooling", "defrost", "off"};

// So that Random::normal() has this deviation, in 1/256.
std::int64_t scale_for(double deviation)
{
    return std::llround(deviation * 256 * 65536 / deviation_of_sum);
}

}  // namespace

std::uint64_t Workload::Random::operator()()
{
    state += 0x9e3779b97f4a7c15ULL;
    auto z = state;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
}

std::int64_t Workload::Random::normal(std::int64_t scale)
{
    const auto bits = (*this)();
    const auto sum =
        (bits & 0xffffU) + (bits >> 16U & 0xffffU) + (bits >> 32U & 0xffffU) + (bits >> 48U & 0xffffU);
    return (static_cast<std::int64_t>(sum) - 131'070) * scale >> 16U;
}

Workload::Workload(Profile profile, std::uint64_t seed)
    : profile_(profile),
      random_{seed},
      signals_(series_count),
      sine_(sine_steps),
      wheel_(wheel_ms),
      wheel_taken_(wheel_ms / 64)
{
    for (std::size_t i = 0; i < sine_steps; ++i)
        sine_[i] = std::llround(65536 * std::sin(2 * std::numbers::pi * static_cast<double>(i) /
                                                 static_cast<double>(sine_steps)));
    // Periods and kinds are dealt out evenly, and in an order that keeps them apart from each other.
    for (std::size_t i = 0; i < series_count; ++i) shapes_.push_back(draw(i));
    for (std::size_t i = 0; i < series_count; ++i) {
        signals_[i].tick = -1;  // the grid of a device begins anywhere in the first period
        schedule(i);
    }
}

Shape Workload::draw(std::size_t index)
{
    Shape shape;
    const bool fast = profile_ == Profile::ten_fast && index < fast_series;
    const auto spread = static_cast<double>(index * 387 % series_count) / series_count;
    if (profile_ == Profile::spread)
        shape.period_ms = 1000 * std::llround(std::pow(60, std::pow(spread + 0.0005, 1.035)));
    else
        shape.period_ms = fast ? 1000 : 60'000;

    const auto kind = fast ? 0 : random_.below(100);
    shape.kind = kind < 90 ? Kind::number : kind < 96 ? Kind::boolean : Kind::text;
    shape.decimals = static_cast<std::uint8_t>(random_.below(3));
    shape.repeats = random_.below(4) == 0;
    if (random_.below(10) >= 3) shape.jitter_scale = scale_for(20 + 130 * random_.uniform());
    const auto noise = 4 * random_.uniform();
    shape.noise_scale = scale_for(noise);
    shape.step_scale = scale_for(0.2 + 0.8 * random_.uniform());
    shape.swing = static_cast<std::int64_t>(random_.below(100)) * 256;
    shape.middle = (200 + static_cast<std::int64_t>(random_.below(2000))) * 256;
    shape.phase_ms = static_cast<std::int64_t>(random_.below(day_ms));
    shape.band = 2 + std::llround(2 * noise);
    return shape;
}

double Workload::readings_a_second() const
{
    return std::accumulate(shapes_.begin(), shapes_.end(), 0.0, [](double sum, const Shape& shape) {
        return sum + 1000.0 / static_cast<double>(shape.period_ms);
    });
}

store::Series Workload::describe(SeriesId id)
{
    return {id,
            fmt::format("plant/device-{:03}/state", id / 4),
            fmt::format("/value{}", id % 4),
            fmt::format("device-{:03}", id / 4),
            "Value",
            ""};
}

void Workload::schedule(std::size_t index)
{
    auto& signal = signals_[index];
    const auto& shape = shapes_[index];
    const auto offset = static_cast<std::int64_t>(index * 7919 % static_cast<std::size_t>(shape.period_ms));
    const auto most = shape.period_ms * 45 / 100;  // keeps a device's readings in order
    const auto jitter =
        shape.jitter_scale == 0 ? 0 : std::clamp(random_.normal(shape.jitter_scale) >> 8U, -most, most);
    const auto on_grid = start_ms + shape.period_ms + offset + ++signal.tick * shape.period_ms;
    signal.due_ms = on_grid + jitter;
    const auto place = static_cast<std::size_t>(signal.due_ms) % wheel_ms;
    signal.next = wheel_[place];
    wheel_[place] = static_cast<std::uint16_t>(index + 1);
    wheel_taken_[place / 64] |= 1ULL << place % 64;
}

std::int64_t Workload::next_due()
{
    auto place = static_cast<std::size_t>(wheel_now_ms_) % wheel_ms;
    auto word = wheel_taken_[place / 64] >> place % 64;
    if (word != 0) return wheel_now_ms_ += std::countr_zero(word);
    wheel_now_ms_ += 64 - static_cast<std::int64_t>(place % 64);
    for (;;) {
        place = static_cast<std::size_t>(wheel_now_ms_) % wheel_ms;
        word = wheel_taken_[place / 64];
        if (word != 0) return wheel_now_ms_ += std::countr_zero(word);
        wheel_now_ms_ += 64;
    }
}

std::size_t Workload::take_due(std::int64_t due_ms)
{
    const auto place = static_cast<std::size_t>(due_ms) % wheel_ms;
    const auto index = static_cast<std::size_t>(wheel_[place] - 1);
    wheel_[place] = signals_[index].next;
    if (wheel_[place] == 0) wheel_taken_[place / 64] &= ~(1ULL << place % 64);
    return index;
}

std::int64_t Workload::swing(const Shape& shape) const
{
    const auto in_day = (wheel_now_ms_ + shape.phase_ms) % day_ms;
    const auto step = static_cast<std::size_t>(in_day * static_cast<std::int64_t>(sine_steps) / day_ms);
    return shape.swing * sine_[step] >> 16U;
}

Value Workload::sample(std::size_t index)
{
    auto& signal = signals_[index];
    const auto& shape = shapes_[index];
    if (shape.kind == Kind::boolean) {
        if (random_.below(50) == 0) signal.reported ^= 1;
        return signal.reported != 0;
    }
    if (shape.kind == Kind::text) {
        if (random_.below(100) == 0) signal.reported = static_cast<std::int64_t>(random_.below(words.size()));
        return std::string(words[static_cast<std::size_t>(signal.reported)]);
    }
    signal.wander += random_.normal(shape.step_scale) - signal.wander / 64;
    const auto exact = shape.middle + swing(shape) + signal.wander + random_.normal(shape.noise_scale);
    const auto quanta = (exact + 128) >> 8U;
    if (!shape.repeats || std::abs(quanta - signal.reported) > shape.band) signal.reported = quanta;
    // An integer over a power of ten is the double nearest to the decimal, as a JSON parser would give it.
    if (shape.decimals == 0) return signal.reported;
    return static_cast<double>(signal.reported) / (shape.decimals == 1 ? 10.0 : 100.0);
}

void Workload::set_out(Reading reading, std::int64_t after_ms, bool again)
{
    under_way_.push({wheel_now_ms_ + after_ms, ++order_, again, std::move(reading)});
}

void Workload::give(Reading&& reading, bool again, std::vector<Reading>& into)
{
    ++given_;
    if (!again && shapes_[reading.series - 1].kind != Kind::text) ++distinct_numbers_;
    into.push_back(std::move(reading));
}

void Workload::next(std::size_t count, std::vector<Reading>& into)
{
    into.reserve(into.size() + count);
    const auto end = given_ + count;
    while (given_ < end) {
        const auto due = next_due();
        if (!under_way_.empty() && under_way_.top().at_ms <= due) {
            auto first = under_way_.top();
            under_way_.pop();
            now_ms_ = first.at_ms;
            give(std::move(first.reading), first.again, into);
            continue;
        }
        now_ms_ = due;
        const auto index = take_due(due);
        Reading reading{static_cast<SeriesId>(index + 1), due, sample(index), 0};
        schedule(index);
        const auto fate = random_.below(1000);
        const auto late_ms =
            fate < 10 ? std::llround(-60'000 * std::log(1 - random_.uniform())) : std::int64_t{0};
        if (fate >= 10 && fate < 12) continue;  // lost
        if (fate >= 12 && fate < 17)
            set_out(reading, late_ms + 100 + static_cast<std::int64_t>(random_.below(5000)), true);
        if (late_ms > 0)
            set_out(std::move(reading), late_ms, false);
        else
            give(std::move(reading), false, into);
    }
}

void Workload::skip(std::uint64_t count)
{
    constexpr std::uint64_t at_once = 10'000;
    std::vector<Reading> passed;
    while (count > 0) {
        const auto now = std::min(count, at_once);
        passed.clear();
        next(now, passed);
        count -= now;
    }
}

QueryRanges query_ranges(std::int64_t end_ms)
{
    constexpr std::int64_t odd_ms = 61'234'567;  // about 17 hours
    const auto days = (end_ms - Workload::start_ms) / day_ms;
    const auto middle = Workload::start_ms + std::max<std::int64_t>(days / 2 - 1, 0) * day_ms;
    const auto most = 29 * day_ms;
    const auto month_from =
        Workload::start_ms + std::clamp<std::int64_t>(end_ms - Workload::start_ms - most, 0, odd_ms / 2);
    return {middle + (days >= 2 ? odd_ms : 0), month_from, std::min(month_from + most, end_ms)};
}

}  // namespace tidegate::bench

#pragma once

#include "store/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace tidegate::store {

// What the points so far say about the next one. Encoder and decoder go through the same states.
class ChunkModel {
public:
    explicit ChunkModel(std::int64_t base_ms) : last_ms_(base_ms), grid_ms_(base_ms) {}

    enum class Time : std::uint8_t { interval, change, grid };
    enum class Number : std::uint8_t { last, mean, line, pair };
    static constexpr std::size_t times = 3;
    static constexpr std::size_t numbers = 4;

    std::int64_t next_time(Time by) const
    {
        if (!any_time_) return last_ms_;
        switch (by) {
        case Time::interval: return plus(last_ms_, step_ms_);
        case Time::change: return plus(last_ms_, change_ms_);
        case Time::grid: return plus(grid_ms_, step_ms_);
        }
        return last_ms_;
    }

    void saw_time(std::int64_t time_ms)
    {
        if (!any_time_) {
            any_time_ = true;
            last_ms_ = grid_ms_ = time_ms;
            return;
        }
        change_ms_ = minus(time_ms, last_ms_);
        last_ms_ = time_ms;
        grid_ms_ = plus(grid_ms_, step_ms_);
        const auto miss = minus(time_ms, grid_ms_);
        const auto half = step_ms_ / 2;
        if (miss > half || miss < -half)
            lost_the_grid(time_ms, miss);
        else
            grid_ms_ = plus(grid_ms_, (miss + 4) >> 3);
    }

    std::int64_t next_number(Number by) const
    {
        switch (by) {
        case Number::last: return last_;
        case Number::mean: return plus(mean_, 8) >> 4;
        case Number::line: return plus(last_, minus(last_, before_));
        case Number::pair: return plus(last_, minus(before_, last_) >> 1);
        }
        return last_;
    }

    void saw_number(std::int64_t number)
    {
        const auto sixteenths = static_cast<std::int64_t>(wide(number) << 4U);
        mean_ = any_number_ ? plus(mean_, minus(sixteenths, mean_) >> 2) : sixteenths;
        before_ = any_number_ ? last_ : number;
        last_ = number;
        any_number_ = true;
    }

    std::int64_t step_ms() const { return step_ms_; }
    void set_step(std::int64_t step_ms) { step_ms_ = step_ms; }

    // The numbers of another kind, or with other decimals, tell nothing about the next.
    void set_class(std::uint8_t number_class);
    std::uint8_t number_class() const { return class_; }

private:
    void lost_the_grid(std::int64_t time_ms, std::int64_t miss_ms);

    std::int64_t last_ms_, grid_ms_;
    std::int64_t change_ms_ = 0;
    std::int64_t step_ms_ = 0;
    bool any_time_ = false;

    std::int64_t last_ = 0, before_ = 0;
    std::int64_t mean_ = 0;  // in sixteenths
    bool any_number_ = false;
    std::uint8_t class_ = 0xff;
};

}  // namespace tidegate::store

#include "store/chunk_model.hpp"

#include "store/bytes.hpp"
#include "store/chunk_block.hpp"

namespace tidegate::store {

std::int64_t ChunkModel::next_time(Time by) const
{
    if (!any_time_) return last_ms_;
    switch (by) {
    case Time::interval: return plus(last_ms_, step_ms_);
    case Time::change: return plus(last_ms_, change_ms_);
    case Time::grid: return plus(grid_ms_, step_ms_);
    }
    return last_ms_;
}

void ChunkModel::saw_time(std::int64_t time_ms)
{
    if (!any_time_) {
        any_time_ = true;
        last_ms_ = grid_ms_ = time_ms;
        return;
    }
    change_ms_ = minus(time_ms, last_ms_);
    last_ms_ = time_ms;
    const auto expected = plus(grid_ms_, step_ms_);
    auto miss = minus(time_ms, expected);
    grid_ms_ = expected;
    const auto half = step_ms_ / 2;
    if (miss > half || miss < -half) {  // some were lost, or it is another clock
        if (step_ms_ <= 0 || miss > 1000 * step_ms_ || miss < -1000 * step_ms_) {
            grid_ms_ = time_ms;
            return;
        }
        const auto lost = (miss >= 0 ? miss + half : miss - half) / step_ms_;
        grid_ms_ = plus(grid_ms_, lost * step_ms_);
        miss -= lost * step_ms_;
    }
    grid_ms_ = plus(grid_ms_, (miss + 4) >> 3);
}

std::int64_t ChunkModel::next_number(Number by) const
{
    switch (by) {
    case Number::last: return last_;
    case Number::mean: return plus(mean_, 8) >> 4;
    case Number::line: return plus(last_, minus(last_, before_));
    case Number::pair: return plus(last_, minus(before_, last_) >> 1);
    }
    return last_;
}

void ChunkModel::saw_number(std::int64_t number)
{
    const auto sixteenths = static_cast<std::int64_t>(wide(number) << 4U);
    mean_ = any_number_ ? plus(mean_, minus(sixteenths, mean_) >> 2) : sixteenths;
    before_ = any_number_ ? last_ : number;
    last_ = number;
    any_number_ = true;
}

void ChunkModel::set_class(std::uint8_t number_class)
{
    if (number_class == class_ && number_class != chunk::text) return;
    class_ = number_class;
    last_ = before_ = mean_ = 0;
    any_number_ = false;
}

}  // namespace tidegate::store

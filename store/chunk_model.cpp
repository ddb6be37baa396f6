#include "store/chunk_model.hpp"

#include "store/bytes.hpp"
#include "store/chunk_block.hpp"

namespace tidegate::store {

// Some were lost, or it is another clock.
void ChunkModel::lost_the_grid(std::int64_t time_ms, std::int64_t miss_ms)
{
    if (step_ms_ <= 0 || miss_ms > 1000 * step_ms_ || miss_ms < -1000 * step_ms_) {
        grid_ms_ = time_ms;
        return;
    }
    const auto half = step_ms_ / 2;
    const auto lost = (miss_ms >= 0 ? miss_ms + half : miss_ms - half) / step_ms_;
    grid_ms_ = plus(grid_ms_, lost * step_ms_);
    miss_ms -= lost * step_ms_;
    grid_ms_ = plus(grid_ms_, (miss_ms + 4) >> 3);
}

void ChunkModel::set_class(std::uint8_t number_class)
{
    if (number_class == class_ && number_class != chunk::text) return;
    class_ = number_class;
    last_ = before_ = mean_ = 0;
    any_number_ = false;
}

}  // namespace tidegate::store

#include "gateway/rates.hpp"

namespace tidegate::gateway {

void Rate::look(std::int64_t now_ms, double count)
{
    looks_.push_back({now_ms, count});
    while (looks_.size() > 2 && looks_.front().ms < now_ms - window_ms_) looks_.pop_front();
}

double Rate::per_second() const
{
    if (looks_.size() < 2 || looks_.back().ms == looks_.front().ms) return 0;
    const auto grown = looks_.back().count - looks_.front().count;
    return grown * 1000 / static_cast<double>(looks_.back().ms - looks_.front().ms);
}

}  // namespace tidegate::gateway

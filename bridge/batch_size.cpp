#include "bridge/batch_size.hpp"

#include <algorithm>

namespace tidegate::bridge {

void BatchSize::delivered()
{
    given_up_ = 0;
    fitted();
}

void BatchSize::fitted()
{
    if (++deliveries_ >= for_a_while) {
        deliveries_ = 0;
        ceiling_ = std::min(most_, ceiling_ * 2);
    }
    limit_ = std::min(ceiling_, limit_ * 2);
}

BatchSize::Then BatchSize::refused(std::size_t records)
{
    deliveries_ = 0;
    if (records > 1) {
        ceiling_ = std::max<std::size_t>(1, records / 2);
        limit_ = ceiling_;
        return Then::try_smaller;
    }
    if (given_up_ >= most_in_a_row) {
        given_up_ = most_in_a_row - 1;
        return Then::hold;
    }
    ++given_up_;
    ceiling_ = most_;  // it was this record, not the size
    return Then::give_up;
}

}  // namespace tidegate::bridge

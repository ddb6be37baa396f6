#include "bridge/backoff.hpp"

#include <algorithm>

namespace tidegate::bridge {

Backoff::Duration Backoff::failed()
{
    const auto longest = std::max(first_, 3 * last_);
    std::uniform_int_distribution<Duration::rep> pause(first_.count(), longest.count());
    last_ = std::min(most_, Duration(pause(random_)));
    return last_;
}

}  // namespace tidegate::bridge

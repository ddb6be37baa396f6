#include "firmware-sim/numbered.hpp"

#include <fmt/format.h>

namespace tidegate::sim {

Message Numbered::next(std::int64_t /*time_ms*/)
{
    const auto device = turn_++ % last_.size();
    const auto number = ++last_[device];
    Message message{fmt::format("numbered/{}", device + 1), fmt::format("{}", number)};
    message.device = static_cast<std::uint32_t>(device + 1);
    message.number = number;
    return message;
}

}  // namespace tidegate::sim

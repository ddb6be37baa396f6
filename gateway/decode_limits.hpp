#pragma once

#include "gateway/config/config.hpp"
#include "gateway/decode/decoded.hpp"

#include <cstddef>

namespace tidegate::gateway {

inline DecodeLimits decode_limits(const LimitsConfig& config)
{
    DecodeLimits limits;
    limits.payload = config.payload.count;
    limits.depth = static_cast<std::size_t>(config.depth);
    limits.fields = static_cast<std::size_t>(config.fields);
    limits.metadata = static_cast<std::size_t>(config.metadata);
    limits.text = config.text.count;
    return limits;
}

}  // namespace tidegate::gateway

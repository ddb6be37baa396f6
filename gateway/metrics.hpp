#pragma once

#include "gateway/rules/window_stage.hpp"
#include "web/server/facts.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace tidegate::gateway {

struct DecodingFacts {
    std::uint64_t absent = 0;  // values that were null or NaN, since start
    std::uint64_t facts = 0;   // kept from discovery, births and descriptions
    WindowStage::Counts windows;
};

// The facts as Prometheus text (names: docs/api.md). Nothing is counted here: every figure is read from its
// owner.
std::string metrics_text(const web::GatewayFacts& facts,
                         const DecodingFacts& decoding,
                         std::size_t series,
                         std::size_t live_clients);

}  // namespace tidegate::gateway

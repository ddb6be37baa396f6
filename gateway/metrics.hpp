#pragma once

#include "gateway/requests.hpp"
#include "web/server/facts.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tidegate::gateway {

struct DecodingFacts {
    std::uint64_t absent = 0;  // values that were null or NaN, since start
    std::uint64_t facts = 0;   // kept from discovery, births and descriptions
    std::vector<RequestFacts> requests{};
};

// The facts as Prometheus text (names: docs/api.md). Nothing is counted here: every figure is read from its
// owner.
std::string metrics_text(const web::GatewayFacts& facts,
                         const DecodingFacts& decoding,
                         std::size_t series,
                         std::size_t live_clients);

}  // namespace tidegate::gateway

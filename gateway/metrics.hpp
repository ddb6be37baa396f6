#pragma once

#include "web/server/facts.hpp"

#include <cstddef>
#include <string>

namespace tidegate::gateway {

// The facts as Prometheus text (names: docs/api.md). Nothing is counted here: every figure is read from its
// owner.
std::string metrics_text(const web::GatewayFacts& facts, std::size_t series, std::size_t live_clients);

}  // namespace tidegate::gateway

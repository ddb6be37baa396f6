#pragma once

#include "gateway/config/config.hpp"
#include "gateway/doctor/finding.hpp"

#include <nlohmann/json_fwd.hpp>

namespace tidegate::gateway {

// Each speaks to one other side, some seconds at most. `running`: what GET /api/v1/gateway of the running
// gateway says; null where none runs. Where that is connected, it knows best.
Findings check_broker(const Config& config, const BrokerConfig& broker, const nlohmann::json& running);
Findings check_upstream(const Config& config, const UpstreamConfig& upstream, const nlohmann::json& running);

}  // namespace tidegate::gateway

#pragma once

#include "gateway/ingest/post_inlet.hpp"
#include "gateway/liveness/liveness.hpp"
#include "gateway/requests.hpp"
#include "gateway/rules/window_stage.hpp"
#include "web/server/facts.hpp"
#include "web/server/limits.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tidegate::gateway {

struct DecodingFacts {
    std::uint64_t absent = 0;  // values that were null or NaN, since start
    std::uint64_t facts = 0;   // kept from discovery, births and descriptions
    WindowStage::Counts windows{};
    Knowledge::Refusals refusals{};
    std::uint64_t renamed = 0;                          // series of which more became known, since start
    std::array<std::size_t, presence_count> devices{};  // by presence
    std::vector<RequestFacts> requests{};
    std::array<std::uint64_t, post_outcome_count> posts{};  // by web::PostResult::Outcome
};

// The facts as Prometheus text (names: docs/api.md). Nothing is counted here: every figure is read from its
// owner.
std::string metrics_text(const web::GatewayFacts& facts,
                         const DecodingFacts& decoding,
                         std::size_t series,
                         const web::LiveFacts& live,
                         const std::vector<web::CommandLinkFacts>& command_links,
                         const web::WebCounts& web);

}  // namespace tidegate::gateway

#pragma once

#include "gateway/decode/availability.hpp"
#include "gateway/decode/controls.hpp"
#include "gateway/decode/decoded.hpp"
#include "gateway/decode/families/sparkplug_nodes.hpp"
#include "gateway/decode/families/tasmota_topics.hpp"
#include "gateway/decode/families/victron_portals.hpp"
#include "gateway/decode/knowledge.hpp"

#include <string>
#include <vector>

namespace tidegate::gateway {

// A message that a family's rules have us publish, never retained: to the broker whose messages call for it.
struct Request {
    std::string topic, payload;
    std::size_t broker = 0;
};

// What the decoders have learned from earlier messages. Each part is bounded by itself.
struct State {
    explicit State(const DecodeLimits& limits) : knowledge(limits.metadata), sparkplug(limits.metadata) {}

    static constexpr std::size_t most_requests = 100;

    void ask(Request request)
    {
        if (requests.size() < most_requests) requests.push_back(std::move(request));
    }

    Knowledge knowledge;
    Controls controls;
    SparkplugNodes sparkplug;
    TasmotaTopics tasmota;
    VictronPortals victron;
    std::vector<Request> requests;
    std::vector<DeclaredAvailability> declared;  // by the message at hand
    std::vector<PresenceWord> words;             // likewise
};

}  // namespace tidegate::gateway

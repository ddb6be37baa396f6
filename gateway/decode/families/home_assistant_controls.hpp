#pragma once

#include "gateway/decode/controls.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace tidegate::gateway {

// How an entity of Home Assistant's discovery is asked for what it says; keys in full and as they may be
// shortened.
struct EntityReader {
    std::string_view component;  // "switch", "light", …
    std::string name, device;
    std::function<std::string(std::string_view full, std::string_view abbreviated)> topic, text;
    std::function<const nlohmann::json*(std::string_view full, std::string_view abbreviated)> any;
};

// What such an entity can be told: its command topics, in the payloads that it takes. Those whose payload is
// made by a template that does more than put the value in its place are left out, and so are locks of doors
// with a code, updates and alarm panels, which are no matter of one value.
void learn_controls(const EntityReader& entity, std::string_view source, Controls& controls);

}  // namespace tidegate::gateway

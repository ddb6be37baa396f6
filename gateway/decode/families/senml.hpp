#pragma once

#include "gateway/decode/decoded.hpp"

#include <optional>

namespace tidegate::gateway {

// SenML (RFC 8428) of a JSON array that was read already: base values are added, names and units and times
// come from the records. A record's value keeps its place as the pointer, like "/0/v". None: it is no SenML
// pack.
std::optional<Decoded> as_senml(const Decoded& json);

}  // namespace tidegate::gateway

#pragma once

#include "gateway/decode/decoded.hpp"

#include <string>

namespace tidegate::sparkplug {
class Metric;
class PropertySet;
}  // namespace tidegate::sparkplug

namespace tidegate::gateway {

// The value of a metric as fields under "/name": one, or as many as a data set, a template or an array has.
// Null values and raw bytes are none. `datatype` is the metric's own or its birth's. False: more than the
// limits allow; `out` is then rejected.
bool append_metric(const sparkplug::Metric& metric,
                   const std::string& name,
                   std::uint32_t datatype,
                   const DecodeLimits& limits,
                   Decoded& out);

// The engineering unit among a metric's properties; empty: it has none.
std::string unit_among(const sparkplug::PropertySet& properties);

}  // namespace tidegate::gateway

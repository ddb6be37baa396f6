#pragma once

#include "bridge/sink.hpp"
#include "gateway/config/config.hpp"

#include <memory>
#include <string>

namespace tidegate::gateway {

// The other end of an upstream, made as the configuration says; it does not connect yet. Errors: invalid (a
// URL, a pattern, what its kind needs and is not said), denied or not_found (a secret's file), internal.
Result<std::unique_ptr<bridge::Sink>> make_sink(const UpstreamConfig& upstream, const std::string& gateway);

// Whether it is there and takes our credentials; delivers nothing, and disturbs no gateway that is connected
// to it (its client id ends in -doctor). Within some 10 s. Errors: as Sink::deliver() has them, and not_found
// (a topic, a database).
Result<> reach_upstream(const UpstreamConfig& upstream, const std::string& gateway);

}  // namespace tidegate::gateway

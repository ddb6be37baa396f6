#pragma once

#include "bridge/sink.hpp"
#include "gateway/config/config.hpp"

#include <memory>
#include <string>

namespace tidegate::gateway {

// The other end of an upstream, made as the configuration says; it does not connect yet. Errors: invalid (a
// URL, a pattern, what its kind needs and is not said), denied or not_found (a secret's file), internal.
Result<std::unique_ptr<bridge::Sink>> make_sink(const UpstreamConfig& upstream, const std::string& gateway);

}  // namespace tidegate::gateway

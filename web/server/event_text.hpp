#pragma once

#include "base/error.hpp"
#include "web/server/live_hub.hpp"
#include "web/server/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

// The live protocol as server-sent events (docs/live-protocol.md). Pure.
namespace tidegate::web {

// What GET /api/v1/stream asks for. Errors: invalid.
Result<LiveGreeting> read_event_request(const Request& request);

// "EPOCH:SEQ" as Last-Event-ID has it; none: it is not, and the client is told everything.
std::optional<std::pair<std::string, store::Version>> read_event_id(std::string_view text);

// The lines of an event before its data.
std::string event_head(std::string_view epoch, store::Version seq, std::string_view frame);

}  // namespace tidegate::web

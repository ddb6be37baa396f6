#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace tidegate::gateway {

// What `tidegate status` prints, from the answers of GET /api/v1/gateway, /api/v1/books and /api/v1/commands.
// Pure.
std::string status_text(const nlohmann::json& gateway,
                        const nlohmann::json& books,
                        const nlohmann::json& commands,
                        const nlohmann::json& alarms);

}  // namespace tidegate::gateway

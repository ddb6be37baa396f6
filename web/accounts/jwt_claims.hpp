#pragma once

#include "web/accounts/jwt.hpp"

#include <nlohmann/json_fwd.hpp>

namespace tidegate::web {

// Who claims that are signed stand for, if they are for us and for now. Errors: denied.
Result<Identity> identity_of_claims(const nlohmann::json& claims, const JwtRules& rules, std::int64_t now_ms);

}  // namespace tidegate::web

#pragma once

#include "web/server/request.hpp"

#include <optional>

namespace tidegate::web {

// On a port that speaks TLS, what came without it from the network: a page is shown the way to https, whoever
// uses the API is told, for it may have sent a secret already and must not learn to do so again. None: it is
// answered all the same, as health and the authority's certificate are, which are no secret.
std::optional<Reply> answer_to_plain(const Request& request, std::string_view target);

}  // namespace tidegate::web

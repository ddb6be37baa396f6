#pragma once

#include "base/error.hpp"
#include "web/server/request.hpp"

#include <string>
#include <string_view>

namespace tidegate::web {

Reply json_reply(std::string body);
Reply text_reply(unsigned status, std::string body);

// RFC 9457: `detail` tells a person what is wrong and what to do.
Reply problem(unsigned status, std::string_view detail);

// The one place where our kinds of error become HTTP's.
Reply problem(const Error& error);

}  // namespace tidegate::web

#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace tidegate::web {

// On every answer, whatever it is. The page may load what this gateway serves and nothing else, and nobody
// may frame it.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 5> security_headers{{
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
     "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
}};

}  // namespace tidegate::web

#include "web/tls/openssl.hpp"

#include <array>
#include <openssl/err.h>

namespace tidegate::web {

std::string openssl_says()
{
    std::array<char, 256> text{};
    ::ERR_error_string_n(::ERR_get_error(), text.data(), text.size());
    ::ERR_clear_error();
    return text.data();
}

}  // namespace tidegate::web

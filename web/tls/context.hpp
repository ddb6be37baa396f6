#pragma once

#include "base/error.hpp"
#include "web/tls/certificate.hpp"
#include "web/tls/openssl.hpp"

namespace tidegate::web {

// What every connection is made from: TLS 1.2 with forward secrecy and AEAD alone, or 1.3; HTTP/1.1 by ALPN;
// sessions resumed by tickets, whose keys live as long as the context.
Result<TlsContext> make_context(const Identified& identified);

}  // namespace tidegate::web

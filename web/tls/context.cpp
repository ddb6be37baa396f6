#include "web/tls/context.hpp"

#include <fmt/format.h>
#include <string_view>

namespace tidegate::web {
namespace {

constexpr auto suites_of_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

constexpr std::string_view served = "http/1.1";

// Who offers protocols and not ours speaks another one: it shall not be answered in HTTP (ALPACA).
int choose_protocol(SSL*,
                    const unsigned char** chosen,
                    unsigned char* size,
                    const unsigned char* offered,
                    unsigned offered_size,
                    void*)
{
    for (unsigned at = 0; at < offered_size; at += 1U + offered[at]) {
        const std::string_view one(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
        if (at + 1U + offered[at] > offered_size || one != served) continue;
        *chosen = offered + at + 1;
        *size = offered[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool give(SSL_CTX& context, const Identified& identified)
{
    if (::SSL_CTX_use_certificate(&context, identified.certificate.get()) != 1 ||
        ::SSL_CTX_use_PrivateKey(&context, identified.key.get()) != 1)
        return false;
    for (const auto& one : identified.chain) {
        if (::SSL_CTX_ctrl(&context, SSL_CTRL_CHAIN_CERT, 1, one.get()) != 1)
            return false;  // its own reference
    }
    return true;
}

}  // namespace

Result<TlsContext> make_context(const Identified& identified)
{
    TlsContext context(::SSL_CTX_new(::TLS_server_method()));
    constexpr std::string_view id = "tidegate";
    const bool good =
        context &&
        ::SSL_CTX_ctrl(context.get(), SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr) == 1 &&
        ::SSL_CTX_set_cipher_list(context.get(), suites_of_1_2) == 1 &&
        ::SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>(id.data()),
                                         static_cast<unsigned>(id.size())) == 1 &&
        give(*context, identified);
    if (!good) return Error{ErrorKind::invalid, fmt::format("OpenSSL does not take it: {}", openssl_says())};
    ::SSL_CTX_set_options(context.get(),
                          SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // A thousand clients that say nothing shall hold no buffers.
    ::SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ::SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // tickets need none
    ::SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
    return context;
}

}  // namespace tidegate::web

#pragma once

#include "base/error.hpp"
#include "web/accounts/identity.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace tidegate::web {

// How tokens of another issuer are to look ([web.jwt]).
struct JwtRules {
    std::vector<std::filesystem::path> key_files;  // PEM: public keys or certificates
    std::string secret;                            // for HS256; empty: none
    std::vector<std::string> algorithms;           // of EdDSA, ES256, RS256, HS256
    std::string issuer, audience;
    std::chrono::seconds longest{3600};  // that one may be valid
    std::chrono::seconds leeway{30};     // that its issuer's clock may be off
    std::string role_claim = "role", read_claim = "read", write_claim = "write";
};

// Tells whether a JSON Web Token (RFC 7519) in compact form is one that we take, and whose it is. The
// algorithm must be on the list and fit a key of ours: what the token says of keys (kid, jwk, jku, x5u) is
// not looked at. By OpenSSL. Any thread.
class JwtVerifier {
public:
    // Errors: invalid, not_found, denied: a key that cannot be read, or is too weak, or is for no algorithm
    // on the list; or an algorithm without a key.
    static Result<JwtVerifier> make(JwtRules rules);

    // Errors: denied; why, without any of its text.
    Result<Identity> verify(std::string_view token, std::int64_t now_ms) const;

private:
    struct FreeKey {
        void operator()(evp_pkey_st* key) const;
    };
    using Key = std::unique_ptr<evp_pkey_st, FreeKey>;

    explicit JwtVerifier(JwtRules rules) : rules_(std::move(rules)) {}
    static Result<Key> read_key(const std::filesystem::path& file);
    static std::string_view algorithm_of(const evp_pkey_st* key);  // the only one that it is for; empty: none
    bool signature_fits(const std::string& algorithm,
                        std::string_view text,
                        const std::string& signature) const;

    JwtRules rules_;
    std::vector<Key> keys_;
};

}  // namespace tidegate::web

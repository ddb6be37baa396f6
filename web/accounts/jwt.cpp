#include "web/accounts/jwt.hpp"

#include "web/accounts/jwt_claims.hpp"
#include "web/accounts/secret.hpp"
#include "web/tls/openssl.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fmt/core.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace tidegate::web {
namespace {

constexpr std::size_t longest_token = 4096;
constexpr std::size_t shortest_secret = 32;  // bytes: as many as HS256 gives (RFC 7518, 3.2)
constexpr int least_rsa_bits = 2048;         // RFC 7518, 3.3
constexpr std::size_t half_es256 = 32;

using File = std::unique_ptr<std::FILE, Freed<std::fclose>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

Error refused(std::string why)
{
    return {ErrorKind::denied, std::move(why)};
}

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT: OpenSSL's bytes
}

// A JWT has r and s side by side (RFC 7518, 3.4), OpenSSL wants them as DER. Empty: they are none.
std::string der_of(const std::string& signature)
{
    if (signature.size() != 2 * half_es256) return {};
    const EcSignature pair(::ECDSA_SIG_new());
    const auto* bytes = bytes_of(signature);
    BIGNUM* r = ::BN_bin2bn(bytes, half_es256, nullptr);
    BIGNUM* s = ::BN_bin2bn(bytes + half_es256, half_es256, nullptr);
    if (!pair || r == nullptr || s == nullptr || ::ECDSA_SIG_set0(pair.get(), r, s) != 1) {
        ::BN_free(r);
        ::BN_free(s);
        return {};
    }
    unsigned char* der = nullptr;
    const int length = ::i2d_ECDSA_SIG(pair.get(), &der);
    if (length <= 0) return {};
    std::string result(der, der + length);
    ::OPENSSL_free(der);
    return result;
}

bool verifies(EVP_PKEY* key, const EVP_MD* digest, std::string_view text, const std::string& signature)
{
    const Digest context(::EVP_MD_CTX_new());
    return context && ::EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
           ::EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                              text.size()) == 1;
}

bool hmac_fits(const std::string& secret, std::string_view text, const std::string& signature)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned length = 0;
    if (::HMAC(::EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(),
               mac.data(), &length) == nullptr)
        return false;
    return equal_secrets({reinterpret_cast<const char*>(mac.data()), length}, signature);  // NOLINT
}

// The parts of a token, decoded.
struct Parts {
    nlohmann::json header, claims;
    std::string_view signed_text;
    std::string signature;
};

Result<Parts> split(std::string_view token)
{
    const auto malformed = refused("it is no JWT");
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    if (token.size() > longest_token || first == token.npos || first == last) return malformed;
    Parts parts;
    std::string header, claims;
    if (!read_base64url(token.substr(0, first), header) ||
        !read_base64url(token.substr(first + 1, last - first - 1), claims) ||
        !read_base64url(token.substr(last + 1), parts.signature))
        return malformed;
    parts.header = nlohmann::json::parse(header, nullptr, false);
    parts.claims = nlohmann::json::parse(claims, nullptr, false);
    if (!parts.header.is_object() || !parts.claims.is_object()) return malformed;
    parts.signed_text = token.substr(0, last);
    return parts;
}

}  // namespace

void JwtVerifier::FreeKey::operator()(evp_pkey_st* key) const
{
    ::EVP_PKEY_free(key);
}

Result<JwtVerifier::Key> JwtVerifier::read_key(const std::filesystem::path& file)
{
    const File in(std::fopen(file.c_str(), "re"));
    if (!in) return Error{ErrorKind::not_found, fmt::format("{}: the key cannot be read", file.string())};
    Key key(::PEM_read_PUBKEY(in.get(), nullptr, nullptr, nullptr));
    if (!key) {
        std::rewind(in.get());
        const Certificate certificate(::PEM_read_X509(in.get(), nullptr, nullptr, nullptr));
        if (certificate) key.reset(::X509_get_pubkey(certificate.get()));
    }
    if (!key)
        return Error{ErrorKind::invalid,
                     fmt::format("{}: holds no public key and no certificate (PEM)", file.string())};
    return key;
}

std::string_view JwtVerifier::algorithm_of(const evp_pkey_st* key)
{
    switch (::EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519: return "EdDSA";
    case EVP_PKEY_RSA: return ::EVP_PKEY_get_bits(key) >= least_rsa_bits ? "RS256" : "";
    case EVP_PKEY_EC: break;
    default: return "";
    }
    std::array<char, 64> group{};
    std::size_t length = 0;
    const bool named = ::EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1;
    return named && std::string_view(group.data(), length) == "prime256v1" ? "ES256" : "";
}

Result<JwtVerifier> JwtVerifier::make(JwtRules rules)
{
    JwtVerifier made(std::move(rules));
    std::vector<std::string> usable;
    for (const auto& file : made.rules_.key_files) {
        auto key = read_key(file);
        if (!key) return key.error();
        const std::string algorithm(algorithm_of(key->get()));
        if (std::ranges::find(made.rules_.algorithms, algorithm) == made.rules_.algorithms.end())
            return Error{
                ErrorKind::invalid,
                fmt::format("{}: a key for {}, which [web.jwt] algorithms does not name", file.string(),
                            algorithm.empty() ? "nothing that is taken (Ed25519, P-256, RSA of 2048 "
                                                "bits and more are)"
                                              : algorithm)};
        usable.push_back(algorithm);
        made.keys_.push_back(std::move(*key));
    }
    if (!made.rules_.secret.empty()) {
        if (made.rules_.secret.size() < shortest_secret)
            return Error{ErrorKind::invalid,
                         fmt::format("the secret for HS256 needs {} bytes and more", shortest_secret)};
        usable.emplace_back("HS256");
    }
    for (const auto& algorithm : made.rules_.algorithms)
        if (std::ranges::find(usable, algorithm) == usable.end())
            return Error{ErrorKind::invalid, fmt::format("[web.jwt] there is no key for {}", algorithm)};
    if (usable.empty()) return Error{ErrorKind::invalid, "[web.jwt] names no key and no secret"};
    if (made.rules_.issuer.empty() || made.rules_.audience.empty())
        return Error{ErrorKind::invalid, "[web.jwt] needs an issuer and an audience"};
    return made;
}

bool JwtVerifier::signature_fits(const std::string& algorithm,
                                 std::string_view text,
                                 const std::string& signature) const
{
    if (algorithm == "HS256") return !rules_.secret.empty() && hmac_fits(rules_.secret, text, signature);
    const EVP_MD* digest = algorithm == "EdDSA" ? nullptr : ::EVP_sha256();
    const std::string given = algorithm == "ES256" ? der_of(signature) : signature;
    return !given.empty() && std::ranges::any_of(keys_, [&](const Key& key) {
        return algorithm_of(key.get()) == algorithm && verifies(key.get(), digest, text, given);
    });
}

Result<Identity> JwtVerifier::verify(std::string_view token, std::int64_t now_ms) const
{
    const auto parts = split(token);
    if (!parts) return parts.error();
    const auto& header = parts->header;
    const auto algorithm = header.find("alg");
    if (algorithm == header.end() || !algorithm->is_string() ||
        std::ranges::find(rules_.algorithms, algorithm->get<std::string>()) == rules_.algorithms.end())
        return refused("its algorithm is not one that is allowed");
    if (header.contains("crit")) return refused("it demands an extension");  // RFC 7515, 4.1.11
    if (!signature_fits(algorithm->get<std::string>(), parts->signed_text, parts->signature))
        return refused("its signature is not by a key of ours");
    return identity_of_claims(parts->claims, rules_, now_ms);
}

}  // namespace tidegate::web

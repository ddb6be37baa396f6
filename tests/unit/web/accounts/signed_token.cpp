#include "unit/web/accounts/signed_token.hpp"

#include <array>
#include <fstream>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdexcept>

namespace tidegate::tests {
namespace {

PrivateKey made(EVP_PKEY* key)
{
    if (key == nullptr) throw std::runtime_error("no key could be made");
    return PrivateKey(key);
}

const unsigned char* bytes_of(const std::string& text)
{
    return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT: OpenSSL's bytes
}

std::string text_of(const nlohmann::json& header, const nlohmann::json& claims)
{
    return base64url(header.dump()) + '.' + base64url(claims.dump());
}

// r and s side by side, of 32 bytes each.
std::string raw_of(const std::string& der)
{
    const auto* at = bytes_of(der);
    ECDSA_SIG* pair = ::d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string raw(64, '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());  // NOLINT: OpenSSL's bytes
    ::BN_bn2binpad(::ECDSA_SIG_get0_r(pair), out, 32);
    ::BN_bn2binpad(::ECDSA_SIG_get0_s(pair), out + 32, 32);
    ::ECDSA_SIG_free(pair);
    return raw;
}

}  // namespace

PrivateKey ed25519_key()
{
    return made(::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}
PrivateKey p256_key()
{
    return made(::EVP_EC_gen("P-256"));
}
PrivateKey p384_key()
{
    return made(::EVP_EC_gen("P-384"));
}
PrivateKey rsa_key(unsigned bits)
{
    return made(::EVP_RSA_gen(bits));
}

std::string public_pem(const PrivateKey& key)
{
    BIO* memory = ::BIO_new(::BIO_s_mem());
    ::PEM_write_bio_PUBKEY(memory, key.get());
    char* text = nullptr;
    const long length = ::BIO_get_mem_data(memory, &text);  // NOLINT: OpenSSL's cast
    std::string pem(text, static_cast<std::size_t>(length));
    ::BIO_free(memory);
    return pem;
}

void write_file(const std::filesystem::path& file, const std::string& text)
{
    std::ofstream(file) << text;
}

std::string base64url(const std::string& bytes)
{
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    auto* out = reinterpret_cast<unsigned char*>(text.data());  // NOLINT: OpenSSL's bytes
    text.resize(
        static_cast<std::size_t>(::EVP_EncodeBlock(out, bytes_of(bytes), static_cast<int>(bytes.size()))));
    for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    text.erase(text.find_last_not_of('=') + 1);
    return text;
}

std::string signed_by(const PrivateKey& key, const nlohmann::json& header, const nlohmann::json& claims)
{
    const auto text = text_of(header, claims);
    const int kind = ::EVP_PKEY_get_base_id(key.get());
    EVP_MD_CTX* context = ::EVP_MD_CTX_new();
    ::EVP_DigestSignInit(context, nullptr, kind == EVP_PKEY_ED25519 ? nullptr : ::EVP_sha256(), nullptr,
                         key.get());
    std::size_t length = 0;
    ::EVP_DigestSign(context, nullptr, &length, bytes_of(text), text.size());
    std::string signature(length, '\0');
    auto* out = reinterpret_cast<unsigned char*>(signature.data());  // NOLINT: OpenSSL's bytes
    const int good = ::EVP_DigestSign(context, out, &length, bytes_of(text), text.size());
    ::EVP_MD_CTX_free(context);
    if (good != 1) throw std::runtime_error("nothing could be signed");
    signature.resize(length);
    if (kind == EVP_PKEY_EC) signature = raw_of(signature);
    return text + '.' + base64url(signature);
}

std::string signed_by_secret(const std::string& secret,
                             const nlohmann::json& header,
                             const nlohmann::json& claims)
{
    const auto text = text_of(header, claims);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned length = 0;
    ::HMAC(::EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(),
           mac.data(), &length);
    return text + '.' + base64url({mac.begin(), mac.begin() + length});
}

}  // namespace tidegate::tests

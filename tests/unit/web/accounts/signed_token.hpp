#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <openssl/evp.h>
#include <string>

// JSON Web Tokens as an issuer makes them, and as attackers do.
namespace tidegate::tests {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeKey>;

PrivateKey ed25519_key();
PrivateKey p256_key();
PrivateKey p384_key();
PrivateKey rsa_key(unsigned bits = 2048);

std::string public_pem(const PrivateKey& key);
void write_file(const std::filesystem::path& file, const std::string& text);

std::string base64url(const std::string& bytes);

// header.claims.signature; the algorithm that is used is the key's, whatever the header says.
std::string signed_by(const PrivateKey& key, const nlohmann::json& header, const nlohmann::json& claims);
std::string signed_by_secret(const std::string& secret,
                             const nlohmann::json& header,
                             const nlohmann::json& claims);

}  // namespace tidegate::tests

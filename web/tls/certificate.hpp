#pragma once

#include "base/error.hpp"
#include "web/tls/names.hpp"
#include "web/tls/openssl.hpp"

#include <cstdint>
#include <string>
#include <vector>

// Certificates and their keys: reading, judging, making. ECDSA P-256, SHA-256. Times are Unix seconds.
namespace tidegate::web {

// A certificate, those that lead from it to its authority, and its private key.
struct Identified {
    Certificate certificate;
    std::vector<Certificate> chain;
    PrivateKey key;
};

// What a text (PEM) has of them.
std::vector<Certificate> certificates_in(const std::string& text);
PrivateKey key_in(const std::string& text);  // none: there is none, or it has a password
bool is_key_of(const PrivateKey& key, const X509& certificate);

// From PEM, in whichever order: `certificates` may hold the key as well (`key` is then empty). Errors:
// invalid (what is missing, or that the key is of another certificate).
Result<Identified> read_identified(const std::string& certificates, const std::string& key);

std::string pem_of(const X509& certificate);
std::string pem_of(EVP_PKEY& key);  // PKCS #8, without a password

std::string fingerprint_of(const X509& certificate);  // SHA-256 in hex, "AB:CD:…"
std::int64_t begin_of(const X509& certificate);
std::int64_t end_of(const X509& certificate);
Names names_of(const X509& certificate);

// An authority of our own. It can vouch for what lies within a site alone (is_local_address(),
// is_local_name()), and for `names`: whoever trusts it, and loses its key to a thief, has not lost the
// Internet. Ten years.
Result<Identified> make_authority(const Names& names, std::int64_t now_s);

// Of `names` those that this authority may vouch for.
Names permitted_by(const X509& authority, const Names& names);

// What a browser takes at most (CA/Browser Forum), a day of it before now, for clocks that are behind.
inline constexpr std::int64_t leaf_life_s = 397LL * 86'400;
Result<Identified> make_leaf(const Identified& authority, const Names& names, std::int64_t now_s);

// Whether `leaf` was signed by `authority`.
bool is_signed_by(const X509& leaf, const X509& authority);

}  // namespace tidegate::web

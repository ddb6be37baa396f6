#include "web/accounts/secret.hpp"

#include <array>
#include <cstdlib>
#include <sodium.h>
#include <span>

namespace tidegate::web {
namespace {

constexpr std::string_view of_codes = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford's: no I, L, O, U
constexpr std::string_view of_ids = "abcdefghijklmnopqrstuvwxyz234567";
constexpr int bits = 5;

void ready()
{
    if (::sodium_init() < 0) std::abort();  // there is no chance to be had on this machine
}

// A character for each byte; 32 of 256 values of it are one character, so that all come equally often.
std::string drawn(std::string_view alphabet, std::size_t length)
{
    ready();
    std::string bytes(length, '\0');
    ::randombytes_buf(bytes.data(), bytes.size());
    for (char& c : bytes) c = alphabet[static_cast<unsigned char>(c) >> (8 - bits)];
    return bytes;
}

bool decode(std::string_view text, std::string& bytes, int variant)
{
    bytes.assign(text.size(), '\0');
    std::size_t length = 0;
    const char* end = nullptr;
    auto* into = reinterpret_cast<unsigned char*>(bytes.data());  // NOLINT: libsodium's bytes
    if (::sodium_base642bin(into, bytes.size(), text.data(), text.size(), nullptr, &length, &end, variant) !=
            0 ||
        end != text.data() + text.size())
        return false;
    bytes.resize(length);
    return true;
}

}  // namespace

std::string drawn_secret()
{
    ready();
    std::array<unsigned char, 32> bytes{};
    ::randombytes_buf(bytes.data(), bytes.size());
    std::array<char, 64> text{};
    ::sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    ::sodium_memzero(bytes.data(), bytes.size());
    return text.data();
}

std::string drawn_id()
{
    return drawn(of_ids, 8);
}

std::string drawn_setup_code()
{
    auto code = drawn(of_codes, 16);
    for (const std::size_t at : {12U, 8U, 4U}) code.insert(at, 1, '-');
    return code;
}

std::string fingerprint(std::string_view secret)
{
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    const auto* bytes = reinterpret_cast<const unsigned char*>(secret.data());  // NOLINT: libsodium's bytes
    ::crypto_hash_sha256(hash.data(), bytes, secret.size());
    std::array<char, hash.size() * 2 + 1> text{};
    ::sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
    return text.data();
}

bool equal_secrets(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && ::sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string tidy_setup_code(std::string_view typed)
{
    std::string code;
    for (char c : typed) {
        if (c == '-' || c == ' ') continue;
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (c == 'O') c = '0';
        if (c == 'I' || c == 'L') c = '1';
        code += c;
        if (code.size() % 5 == 4 && code.size() < 19) code += '-';
    }
    if (code.ends_with('-')) code.pop_back();
    return code;
}

bool read_base64url(std::string_view text, std::string& bytes)
{
    return decode(text, bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool read_base64(std::string_view text, std::string& bytes)
{
    return decode(text, bytes, sodium_base64_VARIANT_ORIGINAL);
}

}  // namespace tidegate::web

#include "web/accounts/password.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "web/accounts/secret.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <sodium.h>

namespace tidegate::web {
namespace {

// OWASP's second choice for argon2id, m=19 MiB, t=2, p=1. libsodium's "interactive" takes 64 MiB, which is an
// eighth of a small board's memory, and no harder to guess for the time that it takes.
constexpr std::size_t memory_bytes = 19U * 1024 * 1024;
constexpr unsigned long long passes = 2;

// Of the passwords that are tried first, those of twelve characters and more.
constexpr std::array<std::string_view, 40> well_known{"123456789012",
                                                      "1234567890123",
                                                      "12345678901234",
                                                      "123456789abc",
                                                      "1234567890ab",
                                                      "1q2w3e4r5t6y",
                                                      "1qaz2wsx3edc",
                                                      "administrator",
                                                      "adminadminadmin",
                                                      "changemenow1",
                                                      "correcthorsebatterystaple",
                                                      "iloveyou1234",
                                                      "letmein12345",
                                                      "monkey123456",
                                                      "mypassword123",
                                                      "nopassword123",
                                                      "p@ssw0rd1234",
                                                      "pa$$word1234",
                                                      "password1234",
                                                      "password12345",
                                                      "password123!",
                                                      "passwordpassword",
                                                      "qazwsxedcrfv",
                                                      "qwerty123456",
                                                      "qwerty1234567",
                                                      "qwertyuiop12",
                                                      "qwertyuiop123",
                                                      "qwertyuiopasdf",
                                                      "raspberry123",
                                                      "raspberrypi1",
                                                      "secret123456",
                                                      "superuser123",
                                                      "tidegate1234",
                                                      "tidegatetidegate",
                                                      "trustno1trustno1",
                                                      "welcome12345",
                                                      "welcome123456",
                                                      "zaq12wsxcde3",
                                                      "q1w2e3r4t5y6",
                                                      "abcdefghijkl"};

std::size_t characters(std::string_view text)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::size_t different(std::string text)
{
    std::ranges::sort(text);
    return static_cast<std::size_t>(std::unique(text.begin(), text.end()) - text.begin());
}

bool valid_utf8(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        const bool ascii = static_cast<unsigned char>(text[at]) < 0x80U;
        const std::size_t length = ascii ? 1 : utf8_sequence(text, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

bool ready()
{
    return ::sodium_init() >= 0;
}

}  // namespace

bool impossible_password(std::string_view password)
{
    return password.size() > 4 * longest_password || characters(password) > longest_password ||
           !valid_utf8(password);
}

Result<> check_password(std::string_view password, std::string_view user)
{
    if (impossible_password(password) || characters(password) < shortest_password)
        return Error{ErrorKind::invalid,
                     fmt::format("A password has {} to {} characters.", shortest_password, longest_password)};
    const auto plain = lowered(password);
    constexpr std::size_t least_different = 5;
    const bool known = std::ranges::find(well_known, plain) != well_known.end();
    const bool of_the_name = user.size() >= 4 && plain.find(user) != plain.npos &&
                             plain.size() < user.size() + shortest_password / 2;
    if (known || of_the_name || different(plain) < least_different)
        return Error{ErrorKind::invalid,
                     "This password is among the first that are tried. Take another one."};
    return {};
}

Result<std::string> hash_password(const std::string& password)
{
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    if (!ready() || ::crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), passes,
                                            memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return Error{ErrorKind::full, "There is no memory for this now. Try again in a moment."};
    return std::string(hash.data());
}

bool password_fits(const std::string& hash, const std::string& password)
{
    return ready() && hash.size() < crypto_pwhash_STRBYTES &&
           ::crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool outdated_hash(const std::string& hash)
{
    return ::crypto_pwhash_str_needs_rehash(hash.c_str(), passes, memory_bytes) != 0;
}

const std::string& dummy_hash()
{
    static const std::string hash = hash_password(drawn_secret()).value();
    return hash;
}

}  // namespace tidegate::web

#pragma once

#include <string>
#include <string_view>

// What nobody can guess, and what is kept of it. By libsodium; any thread.
namespace tidegate::web {

std::string drawn_secret();      // 256 bits: 43 characters of base64url
std::string drawn_id();          // 40 bits: 8 of a-z and 2-7; names a token, no secret
std::string drawn_setup_code();  // 80 bits: XXXX-XXXX-XXXX-XXXX, without what looks alike

// SHA-256 in hex. Enough for what has 256 bits of chance in it; a password takes password.hpp.
std::string fingerprint(std::string_view secret);

// Takes as long for any two texts of one length.
bool equal_secrets(std::string_view a, std::string_view b);

// A setup code as somebody types it: lower case, without its dashes, O for 0.
std::string tidy_setup_code(std::string_view typed);

// base64url without padding, as JWTs have it (RFC 7515), and nothing else; false: it is none.
bool read_base64url(std::string_view text, std::string& bytes);
bool read_base64(std::string_view text, std::string& bytes);  // with padding, as in Basic

}  // namespace tidegate::web

#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// Passwords: argon2id, by libsodium. Any thread, but each call but the first takes a good part of a second of
// a small board and 19 MiB for as long: one at a time (docs/decisions/0026).
namespace tidegate::web {

inline constexpr std::size_t shortest_password = 12, longest_password = 128;  // characters

// Whether a new one will do. Errors: invalid, with what to do.
Result<> check_password(std::string_view password, std::string_view user);

// One that is longer than any of ours, or no UTF-8: it need not be looked at.
bool impossible_password(std::string_view password);

Result<std::string> hash_password(const std::string& password);  // full: there is no memory for it
bool password_fits(const std::string& hash, const std::string& password);
bool outdated_hash(const std::string& hash);  // made with other parameters

// Of a password that nobody knows: for users that there are not, so that asking costs the same.
const std::string& dummy_hash();

}  // namespace tidegate::web

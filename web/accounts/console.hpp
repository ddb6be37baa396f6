#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <string>

// How a command on this machine shows the gateway that it may ask: by a secret in a file of the runtime
// directory that only the gateway's user can read, made anew with each start.
namespace tidegate::web {

// Makes it; what a command sends as its bearer token. Errors: denied, unavailable.
Result<std::string> open_console(const std::filesystem::path& runtime_directory);
void close_console(const std::filesystem::path& runtime_directory);

// What a running gateway has made. Errors: not_found (none runs there, or without accounts), denied.
Result<std::string> read_console(const std::filesystem::path& runtime_directory);

inline constexpr std::string_view console_prefix = "tg_console_";

}  // namespace tidegate::web

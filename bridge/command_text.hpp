#pragma once

#include "base/error.hpp"
#include "store/command_book.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::bridge {

// A command as it is asked for: the same JSON from an upstream and from the API (docs/api.md).
struct CommandRequest {
    std::string id;      // empty: none was given
    std::string broker;  // empty: the first
    std::string topic;
    std::string payload;
    int qos = 1;
    std::int64_t issued_ms = 0;      // 0: not said
    std::int64_t expires_in_ms = 0;  // 0: not said
};

// Errors: invalid, with what is wrong and what was expected. A key that is not known is an error: a command
// is not to be obeyed in half. `id` is filled as soon as it can be read, so that a refusal can name it.
Result<> read_command(std::string_view json, CommandRequest& into);

// What became of a command, as it is told upstream.
std::string result_json(const store::Command& command, std::string_view gateway);

}  // namespace tidegate::bridge

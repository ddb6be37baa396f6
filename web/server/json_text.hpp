#pragma once

#include "base/json_text.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// JSON written by appending to a string: the answers that grow with the number of series or readings are made
// so, without a tree in between.
namespace tidegate::web::json {

// base/json_text.hpp, by the names of this family. A browser drops a WebSocket over one byte that is no
// UTF-8.
inline void append_string(std::string& out, std::string_view text)
{
    append_json_text(out, text);
}
inline void append_number(std::string& out, double value)
{
    append_json_number(out, value);
}

// ,"name":"text"
void append_field(std::string& out, std::string_view name, std::string_view text);

// ,"name":ms; null for 0, which is no time
void append_time(std::string& out, std::string_view name, std::int64_t time_ms);

void append_integer(std::string& out, std::int64_t value);
void append_unsigned(std::string& out, std::uint64_t value);

// As a reading's value: an integer beyond what a double holds exactly (2^53) is {"i":"9007199254740993"}.
void append_value(std::string& out, const store::Value& value);

}  // namespace tidegate::web::json

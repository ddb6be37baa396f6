#pragma once

#include <string>
#include <string_view>

namespace tidegate {

// Appends `text` as a JSON string with its quotes. What is not UTF-8 becomes U+FFFD, one for each byte that
// starts no valid sequence. Pure.
void append_json_text(std::string& out, std::string_view text);

// Appends a number as JSON has it, in the shortest form that reads back the same; null for NaN and
// infinities. Pure.
void append_json_number(std::string& out, double number);

}  // namespace tidegate

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidegate {

// Bytes of the UTF-8 sequence that starts at `at`, a byte beyond ASCII; 0 when it is none (Unicode 15, table
// 3-7). Pure.
std::size_t utf8_sequence(std::string_view text, std::size_t at);

// Makes a foreign text fit for a terminal, as log::quoted does for a log line: a ? stands for each control
// character, those of C1 among them, and for each byte that is no UTF-8. Pure.
std::string shown(std::string_view text);

}  // namespace tidegate

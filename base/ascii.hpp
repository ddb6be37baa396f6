#pragma once

#include <string>
#include <string_view>

// The letters of ASCII, as protocols mean them; the C library's own functions follow the locale.
namespace tidegate {

char lower(char c);
std::string lowered(std::string_view text);
bool equal_no_case(std::string_view a, std::string_view b);

}  // namespace tidegate

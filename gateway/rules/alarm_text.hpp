#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

// The text of an alarm: `{device}`, `{name}`, `{value}` and so on. All of it is pure.
namespace tidegate::gateway {

std::string_view alarm_placeholders();  // for people: "{device}, {name}, …"

// The first `{…}` in it that is none of them, as it is written; empty: all is well.
std::string unknown_placeholder(std::string_view text);

// `meaning` is asked for the names that are in it.
std::string fill(std::string_view text, const std::function<std::string(std::string_view)>& meaning);

std::string lasting_text(std::int64_t seconds);  // "45 s", "12 min", "3 h 20 min", "5 d 4 h"

}  // namespace tidegate::gateway

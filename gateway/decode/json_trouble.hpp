#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidegate::gateway {

// Why this text is no JSON, in one line for people: what stands where, and what to do about it. `broken_at`:
// how many bytes a parser had read when it gave up; what is said where nothing else is found wrong. Pure.
std::string json_trouble(std::string_view text, std::size_t broken_at);

}  // namespace tidegate::gateway

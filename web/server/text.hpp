#pragma once

#include "base/ascii.hpp"

#include <optional>
#include <string>
#include <string_view>

// ASCII as HTTP has it.
namespace tidegate::web {

bool is_alphanumeric(char c);
bool is_hex(char c);
bool is_digits(std::string_view text);            // one or more
std::string_view trimmed(std::string_view text);  // of spaces and tabs

enum class Plus { is_plus, is_space };

// None when an escape is malformed or stands for a control character.
std::optional<std::string> percent_decoded(std::string_view text, Plus plus);

// What a list such as Accept-Encoding's gives `coding`, 0 to 1: the q of its entry, else of "*"; none:
// neither is there. A q that is malformed counts as 0.
std::optional<double> weight_in(std::string_view list, std::string_view coding);

// Whether it takes it: named, or meant by "*", and not with q=0.
bool accepts(std::string_view list, std::string_view coding);

// Whether If-None-Match names this tag.
bool is_known_to(std::string_view if_none_match, std::string_view etag);

}  // namespace tidegate::web

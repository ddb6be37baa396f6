#pragma once

#include "gateway/decode/decoded.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>

namespace tidegate::gateway {

// Whether it begins as an object, an array or a quoted text.
bool looks_like_json(std::string_view text);

// The values of a JSON text with their pointers, in order. Left out: null, and text that is a date and time
// (it says when, and is no measurement). Integers beyond 64 bits become doubles; of a repeated key
// the last value counts. NaN and Infinity, which JSON does not have and programs print, are taken for null.
Decoded read_json(std::string_view text, const DecodeLimits& limits);

// The same as a tree, for what is metadata and has to be looked about in. None: no JSON object or array, or
// nested deeper than the limit.
std::optional<nlohmann::json> read_tree(std::string_view text, const DecodeLimits& limits);

// A member of an object that is a text, or empty.
std::string text_in(const nlohmann::json& object, std::string_view name);

}  // namespace tidegate::gateway

#pragma once

#include "gateway/decode/decoded.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace tidegate::gateway {

// What a payload says by its structure alone, whatever its topic: JSON, SenML, CBOR, MessagePack, line
// protocol, a number, a word, a text. Pure.
Decoded read_payload(std::string_view payload, const DecodeLimits& limits);

// The same, read as this form and no other: "json", "senml", "cbor", "messagepack", "line-protocol",
// "scalar", "text". None: there is no such form.
std::optional<Decoded> read_as_form(std::string_view form,
                                    std::string_view payload,
                                    const DecodeLimits& limits);
std::string_view form_name(
    std::string_view form);  // the same, of static storage; empty: there is no such form
std::vector<std::string_view> form_names();

// A text that is declared to be one: "0042" and "nan" are what they say.
Decoded read_text(std::string_view payload);

// A bare number, word or text: one field with an empty pointer.
Decoded read_bare(std::string_view payload);

}  // namespace tidegate::gateway

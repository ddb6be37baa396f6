#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate::sim {

enum class Form : std::uint8_t { text, cbor, messagepack, sparkplug_b };

// None: there is no form of this name.
std::optional<Form> form_named(std::string_view name);

// A payload in its form, out of the JSON that says what is in it; text stays as it is. Of Sparkplug B:
// {"timestamp", "seq", "metrics": [{"name", "alias", "type", "unit", "value"}]}, of which a metric has what
// it needs. std::runtime_error: it cannot be said so.
std::string in_form(Form form, std::string text);

}  // namespace tidegate::sim

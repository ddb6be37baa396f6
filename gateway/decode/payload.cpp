#include "gateway/decode/payload.hpp"

#include "gateway/decode/families/cbor.hpp"
#include "gateway/decode/families/line_protocol.hpp"
#include "gateway/decode/families/message_pack.hpp"
#include "gateway/decode/families/senml.hpp"
#include "gateway/decode/json_fields.hpp"
#include "gateway/decode/scalar.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

using store::Reject;

// Of the binary forms only those that begin with a map or an array, which no text in UTF-8 does.
Decoded read_binary(std::string_view payload, const DecodeLimits& limits)
{
    auto cbor = read_cbor(payload, limits);
    if (!cbor.rejected) return cbor;
    auto packed = read_message_pack(payload, limits);
    if (!packed.rejected) return packed;
    if (cbor.rejected != Reject::malformed) return cbor;  // one that meets a limit
    if (packed.rejected != Reject::malformed) return packed;
    return rejected(Reject::not_utf8, "neither text in UTF-8, nor CBOR, nor MessagePack");
}

Decoded read_structured(std::string_view text, const DecodeLimits& limits)
{
    auto json = read_json(text, limits);
    if (json.rejected == Reject::malformed && text.front() != '{') return read_bare(text);
    if (text.front() == '[' && !json.rejected)
        if (auto senml = as_senml(json)) return std::move(*senml);
    return json;
}

bool begins_a_container(std::string_view payload)
{
    constexpr std::string_view self_described = "\xd9\xd9\xf7";  // a tag of CBOR (RFC 8949, 3.4.6)
    const auto first = static_cast<unsigned char>(payload.front());
    return (first >= 0x80 && first <= 0xbf) || payload.starts_with(self_described);
}

Decoded senml_of(std::string_view payload, const DecodeLimits& limits)
{
    auto json = read_json(payload, limits);
    if (json.rejected) return json;
    auto senml = as_senml(json);
    return senml ? std::move(*senml) : rejected(Reject::malformed, "no SenML pack");
}

struct Form {
    std::string_view name;
    Decoded (*read)(std::string_view payload, const DecodeLimits& limits);
};

constexpr std::array forms = {
    Form{"json", read_json},
    Form{"senml", senml_of},
    Form{"cbor", read_cbor},
    Form{"messagepack", read_message_pack},
    Form{"line-protocol", [](auto payload, auto& limits) { return read_line_protocol(payload, limits); }},
    Form{"scalar", [](auto payload, auto&) { return read_bare(payload); }},
    Form{"text", [](auto payload, auto&) { return read_text(payload); }}};

const Form* form_named(std::string_view name)
{
    const auto* found =
        std::find_if(forms.begin(), forms.end(), [&](auto& form) { return form.name == name; });
    return found == forms.end() ? nullptr : found;
}

}  // namespace

Decoded read_text(std::string_view payload)
{
    if (payload.find('\0') != std::string_view::npos || !is_utf8(payload))
        return rejected(Reject::not_utf8, "neither text in UTF-8 nor a form that is known");
    Decoded decoded;
    decoded.decoder = "text";
    decoded.fields.push_back({"", std::string(payload)});
    return decoded;
}

Decoded read_bare(std::string_view payload)
{
    auto scalar = read_scalar(payload);
    if (scalar.rejected) return rejected(*scalar.rejected, std::move(scalar.why));
    Decoded decoded;
    decoded.decoder = std::holds_alternative<std::string>(scalar.value) ? "text" : "scalar";
    decoded.fields.push_back({"", std::move(scalar.value), Kind::reading, std::move(scalar.unit)});
    return decoded;
}

Decoded read_payload(std::string_view payload, const DecodeLimits& limits)
{
    const auto text = trimmed(payload);
    if (text.empty()) return rejected(Reject::empty, "no payload");
    if (looks_like_json(text)) return read_structured(text, limits);
    if (begins_a_container(payload)) return read_binary(payload, limits);
    if (looks_like_line_protocol(text)) {
        auto lines = read_line_protocol(text, limits);
        if (!lines.rejected || lines.rejected == Reject::too_many_fields) return lines;
    }
    return read_bare(text);
}

std::string_view form_name(std::string_view form)
{
    const auto* known = form_named(form);
    return known == nullptr ? std::string_view() : known->name;
}

std::vector<std::string_view> form_names()
{
    std::vector<std::string_view> names;
    for (const auto& form : forms) names.push_back(form.name);
    return names;
}

std::optional<Decoded> read_as_form(std::string_view form,
                                    std::string_view payload,
                                    const DecodeLimits& limits)
{
    const auto* known = form_named(form);
    if (known == nullptr) return std::nullopt;
    const bool binary = form == "cbor" || form == "messagepack";
    auto decoded = known->read(binary ? payload : trimmed(payload), limits);
    if (decoded.decoder.empty()) decoded.decoder = known->name;
    return decoded;
}

}  // namespace tidegate::gateway

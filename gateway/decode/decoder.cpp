#include "gateway/decode/decoder.hpp"

#include "gateway/decode/json_fields.hpp"
#include "gateway/decode/scalar.hpp"

#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

Decoded rejected(store::Reject reason, std::string why)
{
    return {{}, reason, {}, std::move(why)};
}

Decoded decode_scalar(std::string_view payload)
{
    auto scalar = read_scalar(payload);
    if (scalar.rejected) return rejected(*scalar.rejected, std::move(scalar.why));
    Decoded decoded;
    decoded.decoder = std::holds_alternative<std::string>(scalar.value) ? "text" : "scalar";
    decoded.fields.push_back({"", std::move(scalar.value)});
    return decoded;
}

}  // namespace

Decoded decode(std::string_view payload, const DecodeLimits& limits)
{
    if (payload.size() > limits.payload)
        return rejected(store::Reject::too_large,
                        fmt::format("{} bytes, limits.payload is {}", payload.size(), limits.payload));
    const auto text = trimmed(payload);
    if (text.empty()) return rejected(store::Reject::empty, "no payload");
    if (!looks_like_json(text)) return decode_scalar(text);

    auto json = read_json(text, limits);
    if (json.rejected == store::Reject::malformed && text.front() != '{') return decode_scalar(text);
    return json;
}

}  // namespace tidegate::gateway

#include "gateway/decode/families/message_pack.hpp"

#include "gateway/decode/collector.hpp"

#include <fmt/format.h>
#include <string>

namespace tidegate::gateway {

namespace {

std::string trouble(std::size_t bytes, std::size_t broken_at)
{
    if (broken_at > bytes)
        return fmt::format(
            "MessagePack: it ends after {} bytes, before all that it announces has come; was it cut off on "
            "the way?",
            bytes);
    return fmt::format(
        "MessagePack: what stands at byte {} is none; mend the sender, or name another decoder in a [[rule]]",
        broken_at);
}

// fixmap, fixarray, array 16/32, map 16/32
bool begins_a_container(unsigned char first)
{
    return (first >= 0x80 && first <= 0x9f) || (first >= 0xdc && first <= 0xdf);
}

}  // namespace

Decoded read_message_pack(std::string_view payload, const DecodeLimits& limits)
{
    using nlohmann::json;
    if (payload.empty() || !begins_a_container(static_cast<unsigned char>(payload.front())))
        return rejected(store::Reject::malformed, "MessagePack: neither a map nor an array");
    Collector collector(limits);
    json::sax_parse(payload.begin(), payload.end(), &collector, json::input_format_t::msgpack);
    auto& decoded = collector.result;
    if (collector.broken_at != 0) decoded.why = trouble(payload.size(), collector.broken_at);
    if (decoded.rejected) return std::move(decoded);
    if (decoded.fields.empty())
        return rejected(store::Reject::no_reading, "MessagePack without a value that is a reading");
    decoded.decoder = "messagepack";
    return std::move(decoded);
}

}  // namespace tidegate::gateway

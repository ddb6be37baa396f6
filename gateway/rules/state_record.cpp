#include "gateway/rules/state_record.hpp"

#include "store/bytes.hpp"
#include "store/checksum.hpp"

namespace tidegate::gateway {

namespace {

constexpr std::size_t frame_bytes = 8;

std::optional<StateRecord> read_payload(std::string_view payload)
{
    StateRecord record;
    store::ByteReader in(payload);
    for (auto count = in.varint(); count > 0 && !in.failed(); --count) {
        const auto ring = in.fixed<std::uint64_t>();
        record.positions.push_back({ring, in.varint()});
    }
    for (auto count = in.varint(); count > 0 && !in.failed(); --count) {
        StateKey key{static_cast<StateKind>(in.byte())};
        key.series = static_cast<std::uint32_t>(in.varint());
        key.extra = static_cast<std::uint32_t>(in.varint());
        std::optional<std::string_view> bytes;
        if (in.byte() != 0) bytes = in.text();
        record.states.emplace_back(key, bytes);
    }
    if (in.failed() || in.left() > 0) return std::nullopt;
    return record;
}

}  // namespace

std::string StateRecord::bytes() const
{
    store::ByteWriter out;
    out.varint(positions.size());
    for (const auto& position : positions) {
        out.fixed(position.ring);
        out.varint(position.tail);
    }
    out.varint(states.size());
    for (const auto& [key, text] : states) {
        out.byte(static_cast<std::uint8_t>(key.kind));
        out.varint(key.series);
        out.varint(key.extra);
        out.byte(text ? 1 : 0);
        if (text) out.text(*text);
    }
    const auto payload = out.take();
    store::ByteWriter framed;
    framed.fixed(static_cast<std::uint32_t>(payload.size()));
    framed.fixed(store::crc32c(payload));
    framed.append(payload);
    return framed.take();
}

std::optional<StateRecord> StateRecord::take(std::string_view& rest)
{
    store::ByteReader in(rest);
    const auto length = in.fixed<std::uint32_t>();
    const auto checksum = in.fixed<std::uint32_t>();
    const auto payload = in.take(length);
    if (in.failed() || store::crc32c(payload) != checksum) return std::nullopt;
    rest.remove_prefix(frame_bytes + length);
    return read_payload(payload);
}

}  // namespace tidegate::gateway

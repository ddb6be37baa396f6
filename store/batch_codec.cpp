#include "store/batch_codec.hpp"

#include "store/batch_decoder.hpp"
#include "store/batch_encoder.hpp"
#include "store/bytes.hpp"
#include "store/checksum.hpp"

#include <algorithm>
#include <cstring>

namespace tidegate::store {

namespace {

constexpr std::uint8_t version = 3;
constexpr std::size_t most_records = 10'000'000;

// What a byte may at most be decoded to, so that a short input cannot ask for much memory. The encoder fills
// up with zeros where it would be shorter.
constexpr std::size_t records_a_byte = 2;
constexpr std::size_t text_a_byte = 64;
constexpr std::size_t text_for_nothing = std::size_t{64} << 10U;

std::uint32_t checksum_of(std::string_view body, std::uint64_t last_seq)
{
    const auto* raw = reinterpret_cast<const char*>(&last_seq);
    return crc32c(body, crc32c({raw, sizeof last_seq}));
}

// The median of the first times, or of some of them; not the least: one late reading must not lengthen all
// the others.
std::uint64_t base_of(std::span<const Reading* const> readings)
{
    constexpr std::size_t enough = 256;
    std::vector<std::int64_t> times;
    times.reserve(2 * enough);
    const auto stride = std::max<std::size_t>(1, readings.size() / enough);
    SeriesId before = 0;
    for (std::size_t i = 0; i < readings.size(); i += stride) {
        if (readings[i]->series == before) continue;
        before = readings[i]->series;
        times.push_back(readings[i]->time_ms);
    }
    if (times.empty()) return readings.empty() ? 0 : wide(readings[0]->time_ms);
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return wide(*middle);
}

std::size_t least_bytes(std::size_t readings, std::size_t text_bytes)
{
    const auto paid = text_bytes - std::min(text_bytes, text_for_nothing);
    return std::max(readings / records_a_byte, paid / text_a_byte) + 1;
}

}  // namespace

std::string encode_batch(std::span<const Reading> readings, std::uint64_t last_seq, const BatchClock& clock)
{
    std::vector<const Reading*> ordered;
    ordered.reserve(readings.size());
    for (const auto& reading : readings) ordered.push_back(&reading);
    return encode_ordered(ordered, last_seq, clock);
}

std::string encode_ordered(std::span<const Reading* const> readings,
                           std::uint64_t last_seq,
                           const BatchClock& clock)
{
    const auto base = base_of(readings);
    ByteWriter head;
    head.byte(version);
    head.fixed(clock.boot);
    head.signed_varint(clock.boot_ms);
    head.signed_varint(clock.wall_ms);
    head.byte(clock.synchronised ? 1 : 0);
    head.varint(readings.size());
    head.varint(batch::difference(wide(clock.wall_ms), base));

    std::string blob(sizeof(std::uint32_t), '\0');
    blob.reserve(64 + readings.size() * 4);
    blob += head.take();
    if (!readings.empty()) {
        const auto begin = blob.size();
        const auto text_bytes = batch::Encoder(readings, base, blob).write();
        blob.resize(std::max(blob.size(), begin + least_bytes(readings.size(), text_bytes)));
    }
    const auto checksum = checksum_of(std::string_view(blob).substr(sizeof(std::uint32_t)), last_seq);
    std::memcpy(blob.data(), &checksum, sizeof checksum);
    return blob;
}

bool batch_is_sound(std::string_view blob, std::uint64_t last_seq)
{
    ByteReader in(blob);
    const auto checksum = in.fixed<std::uint32_t>();
    return !in.failed() && checksum == checksum_of(blob.substr(sizeof checksum), last_seq);
}

Result<DecodedBatch> decode_batch(std::string_view blob, std::uint64_t last_seq)
{
    const auto damaged = [&](const char* what) {
        return Error{ErrorKind::corrupt, "batch " + std::to_string(last_seq) + ": " + what};
    };
    if (!batch_is_sound(blob, last_seq)) return damaged("checksum");
    ByteReader in(blob.substr(sizeof(std::uint32_t)));
    if (in.byte() != version) return damaged("unknown version");

    DecodedBatch decoded;
    decoded.clock.boot = in.fixed<std::uint64_t>();
    decoded.clock.boot_ms = in.signed_varint();
    decoded.clock.wall_ms = in.signed_varint();
    decoded.clock.synchronised = in.byte() != 0;
    const auto count = in.varint();
    const auto base = wide(decoded.clock.wall_ms) - wide(unzigzag(in.varint()));
    if (in.failed() || count > most_records || count > last_seq || count > in.left() * records_a_byte)
        return damaged("head");
    const auto bytes = in.take(in.left());
    if (count == 0) {
        if (!bytes.empty()) return damaged("length");
        return decoded;
    }
    batch::Decoder decoder(bytes, base, text_for_nothing + text_a_byte * bytes.size());
    if (!decoder.read(last_seq - count + 1, count, decoded.records)) return damaged("readings");
    const auto rest = bytes.substr(decoder.bytes_read());
    if (std::any_of(rest.begin(), rest.end(), [](char byte) { return byte != 0; })) return damaged("length");
    return decoded;
}

}  // namespace tidegate::store

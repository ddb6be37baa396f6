#include "store/batch_codec.hpp"

#include "store/bytes.hpp"
#include "store/checksum.hpp"
#include "store/points_codec.hpp"

#include <algorithm>

namespace tidegate::store {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t most_records = 10'000'000;

std::uint32_t checksum_of(std::string_view body, std::uint64_t last_seq)
{
    const auto* raw = reinterpret_cast<const char*>(&last_seq);
    return crc32c(body, crc32c({raw, sizeof last_seq}));
}

// The median, not the least: one late reading must not lengthen all the others.
std::int64_t base_of(std::span<const Reading> readings)
{
    if (readings.empty()) return 0;
    std::vector<std::int64_t> times;
    times.reserve(readings.size());
    for (const auto& reading : readings) times.push_back(reading.time_ms);
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
}

}  // namespace

std::string encode_batch(std::span<const Reading> readings, std::uint64_t last_seq, const BatchClock& clock)
{
    ByteWriter body;
    body.byte(version);
    body.fixed(clock.boot);
    body.signed_varint(clock.boot_ms);
    body.signed_varint(clock.wall_ms);
    body.byte(clock.synchronised ? 1 : 0);
    body.varint(readings.size());
    const auto base = base_of(readings);
    body.signed_varint(clock.wall_ms - base);

    std::vector<Point> points;
    SeriesId before = 0;
    for (std::size_t i = 0; i < readings.size();) {
        const auto series = readings[i].series;
        points.clear();
        for (; i < readings.size() && readings[i].series == series; ++i)
            points.push_back({readings[i].time_ms, readings[i].value, readings[i].flags});
        body.varint(series - before);
        before = series;
        encode_points(points, base, body);
    }

    ByteWriter blob;
    const auto bytes = body.take();
    blob.fixed(checksum_of(bytes, last_seq));
    blob.append(bytes);
    return blob.take();
}

Result<DecodedBatch> decode_batch(std::string_view blob, std::uint64_t last_seq)
{
    const auto damaged = [&](const char* what) {
        return Error{ErrorKind::corrupt, "batch " + std::to_string(last_seq) + ": " + what};
    };
    ByteReader in(blob);
    const auto checksum = in.fixed<std::uint32_t>();
    if (in.failed() || checksum != checksum_of(blob.substr(sizeof checksum), last_seq))
        return damaged("checksum");
    if (in.byte() != version) return damaged("unknown version");

    DecodedBatch batch;
    batch.clock.boot = in.fixed<std::uint64_t>();
    batch.clock.boot_ms = in.signed_varint();
    batch.clock.wall_ms = in.signed_varint();
    batch.clock.synchronised = in.byte() != 0;
    const auto count = in.varint();
    const auto base = batch.clock.wall_ms - in.signed_varint();
    if (in.failed() || count > most_records || count > last_seq || count > in.left()) return damaged("head");

    batch.records.reserve(count);
    SeriesId series = 0;
    auto seq = last_seq - count;
    while (batch.records.size() < count) {
        series += static_cast<SeriesId>(in.varint());
        auto points = decode_points(in, base, count - batch.records.size());
        if (!points) return points.error();
        if (points->empty()) return damaged("empty column");
        for (auto& point : *points)
            batch.records.push_back({++seq, {series, point.time_ms, std::move(point.value), point.flags}});
    }
    if (in.failed() || in.left() != 0) return damaged("length");
    return batch;
}

}  // namespace tidegate::store

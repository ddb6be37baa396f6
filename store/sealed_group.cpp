#include "store/sealed_group.hpp"

#include "store/bytes.hpp"
#include "store/checksum.hpp"

#include <fmt/format.h>
#include <limits>

namespace tidegate::store {

namespace {

std::uint32_t checksum_of(SeriesId series, std::uint64_t count, std::string_view body)
{
    ByteWriter head;
    head.varint(series);
    head.varint(count);
    return crc32c(body, crc32c(head.take()));
}

std::uint32_t checksum_of(std::int64_t id, std::string_view directory)
{
    ByteWriter head;
    head.fixed(id);
    return crc32c(directory, crc32c(head.take()));
}

}  // namespace

bool SealedPart::is_sound() const
{
    return checksum == checksum_of(series, count, body);
}

std::string encode_group(std::int64_t id, PartKind kind, std::span<const SealedRow> rows)
{
    ByteWriter directory;
    directory.byte(static_cast<std::uint8_t>(kind));
    directory.varint(rows.size());
    SeriesId before = 0;
    for (const auto& row : rows) {
        directory.varint(row.series - before);
        directory.varint(row.count);
        directory.varint(row.body.size());
        directory.fixed(checksum_of(row.series, row.count, row.body));
        before = row.series;
    }
    const auto where = directory.take();
    ByteWriter blob;
    blob.fixed(checksum_of(id, where));
    blob.append(where);
    for (const auto& row : rows) blob.append(row.body);
    return blob.take();
}

Result<SealedGroup> read_group(std::int64_t id, std::string_view blob)
{
    const Error damaged{ErrorKind::corrupt, fmt::format("row {}: where its parts are", id)};
    ByteReader in(blob);
    const auto checksum = in.fixed<std::uint32_t>();
    const auto directory = in.rest();
    const auto kind = in.byte();
    SealedGroup group{static_cast<PartKind>(kind), {}};
    std::vector<std::uint64_t> lengths;
    std::uint64_t series = 0;
    for (auto left = in.varint(); left > 0 && !in.failed(); --left) {
        series += in.varint();
        SealedPart part{static_cast<SeriesId>(series), in.varint(), 0, {}};
        lengths.push_back(in.varint());
        part.checksum = in.fixed<std::uint32_t>();
        group.parts.push_back(part);
    }
    if (in.failed() || series > std::numeric_limits<SeriesId>::max()) return damaged;
    if (checksum != checksum_of(id, directory.substr(0, directory.size() - in.left()))) return damaged;
    if (kind != static_cast<std::uint8_t>(PartKind::points) &&
        kind != static_cast<std::uint8_t>(PartKind::rollups))
        return damaged;
    for (std::size_t i = 0; i < lengths.size(); ++i) group.parts[i].body = in.take(lengths[i]);
    if (in.failed() || in.left() > 0) return damaged;
    return group;
}

std::size_t group_length(std::span<const SealedRow> rows, std::size_t bytes)
{
    std::size_t length = 0, size = 0;
    while (length < rows.size() && size < bytes) {
        const auto next = rows[length].body.size();
        if (length > 0 && size + next > bytes + bytes / 2) break;
        size += next;
        ++length;
    }
    return length;
}

}  // namespace tidegate::store

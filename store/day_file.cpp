#include "store/day_file.hpp"

#include "store/bytes.hpp"
#include "store/checksum.hpp"
#include "store/chunk_codec.hpp"

#include <charconv>
#include <chrono>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unordered_set>

namespace tidegate::store {

namespace {

constexpr std::size_t most_points = 10'000'000;
constexpr int schema_version = 2;  // 1: chunks of points, in the first development versions
constexpr std::uint8_t version = 2;

// id = bucket, series, k: the order of the key is the order of time, so the file only grows at its end.
constexpr auto schema = R"(
    CREATE TABLE chunk(id INTEGER PRIMARY KEY, seq_hi INTEGER NOT NULL, b BLOB NOT NULL);
)";
constexpr std::int64_t series_step = 1LL << 16;
constexpr std::int64_t bucket_step = 1LL << 40;

std::int64_t first_id(SeriesId series, std::int64_t bucket)
{
    return bucket * bucket_step + static_cast<std::int64_t>(series) * series_step;
}

SeriesId series_of(std::int64_t id)
{
    return static_cast<SeriesId>(id % bucket_step / series_step);
}

std::uint32_t checksum_of(std::int64_t id, std::uint64_t seq_hi, std::string_view body)
{
    ByteWriter head;
    head.fixed(id);
    head.fixed(seq_hi);
    return crc32c(body, crc32c(head.take()));
}

std::string encode(const Chunk& chunk, std::int64_t id)
{
    ByteWriter body;
    body.byte(version);
    body.varint(chunk.points.size());
    auto bytes = body.take();
    ChunkEncoder(chunk.bucket * bucket_ms).add(chunk.points, bytes);
    ByteWriter out;
    out.fixed(checksum_of(id, chunk.seq_hi, bytes));
    out.append(bytes);
    return out.take();
}

// Adds the chunk's points to `points`.
Result<> decode(std::int64_t id, std::uint64_t seq_hi, std::string_view blob, std::vector<Point>& points)
{
    ByteReader in(blob);
    const auto checksum = in.fixed<std::uint32_t>();
    if (in.failed() || checksum != checksum_of(id, seq_hi, blob.substr(sizeof checksum)))
        return Error{ErrorKind::corrupt, fmt::format("chunk {:x}: checksum", id)};
    const auto found = in.byte();
    const auto count = in.varint();
    if (in.failed() || found != version || count > most_points)
        return Error{ErrorKind::corrupt, fmt::format("chunk {:x}: version {}", id, found)};
    const auto before = points.size();
    const auto base = id / bucket_step * bucket_ms;
    if (auto done = decode_chunk(in.rest(), base, count, points); !done) return done.error();
    if (points.size() - before != count)
        return Error{ErrorKind::corrupt, fmt::format("chunk {:x}: length", id)};
    return {};
}

}  // namespace

std::filesystem::path DayFile::path(const std::filesystem::path& directory, std::int64_t day)
{
    const std::chrono::sys_days date{std::chrono::days(day)};
    return directory /
           fmt::format("day-{:%Y%m%d}.db", std::chrono::time_point_cast<std::chrono::seconds>(date));
}

std::optional<std::int64_t> DayFile::day_of(const std::filesystem::path& file)
{
    const auto name = file.filename().string();
    if (name.size() != 15 || !name.starts_with("day-") || !name.ends_with(".db")) return std::nullopt;
    int number = 0;
    const auto* digits = name.data() + 4;
    if (std::from_chars(digits, digits + 8, number).ptr != digits + 8) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(number / 10000),
                                           std::chrono::month(static_cast<unsigned>(number / 100 % 100)),
                                           std::chrono::day(static_cast<unsigned>(number % 100))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count();
}

Result<DayFile> DayFile::open(const std::filesystem::path& file, Access access)
{
    auto database = Database::open(file, access, 16384);
    if (!database) return database.error();
    if (access == Access::read_write) {
        if (auto done = database->migrate(schema_version, schema); !done) return done.error();
        if (auto done = database->execute("PRAGMA synchronous=FULL"); !done) return done.error();
    } else {
        auto made = database->integer("PRAGMA user_version");
        if (!made) return made.error();
        if (*made == 0) return Error{ErrorKind::not_found, file.string() + ": nothing was sealed in it yet"};
    }
    DayFile day;
    day.database_ = std::move(*database);
    for (auto [statement, sql] :
         {std::pair{&day.insert_, "INSERT INTO chunk(id, seq_hi, b) VALUES(?, ?, ?)"},
          std::pair{&day.read_, "SELECT id, seq_hi, b FROM chunk WHERE id >= ? AND id < ? ORDER BY id"},
          std::pair{&day.last_, "SELECT max(id), max(seq_hi) FROM chunk WHERE id >= ? AND id < ?"}}) {
        auto prepared = day.database_.prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    return day;
}

Result<> DayFile::add(std::span<const Chunk> chunks)
{
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    for (const auto& chunk : chunks) {
        const auto first = first_id(chunk.series, chunk.bucket);
        last_.bind(1, first);
        last_.bind(2, first + series_step);
        if (auto row = last_.step(); !row) return row.error();
        const auto id = std::max(first, last_.integer(0) + 1);
        last_.reset();
        if (id >= first + series_step) return Error{ErrorKind::full, "too many chunks in one bucket"};
        const auto blob = encode(chunk, id);
        insert_.bind(1, id);
        insert_.bind(2, static_cast<std::int64_t>(chunk.seq_hi));
        insert_.bind_blob(3, blob);
        if (auto done = insert_.run(); !done) return done;
    }
    return transaction->commit();
}

Result<> DayFile::read(SeriesId series, std::int64_t bucket, std::vector<Point>& points)
{
    const auto first = first_id(series, bucket);
    read_.bind(1, first);
    read_.bind(2, first + series_step);
    for (;;) {
        auto row = read_.step();
        if (!row || !*row) {
            read_.reset();
            if (!row) return row.error();
            return {};
        }
        auto done =
            decode(read_.integer(0), static_cast<std::uint64_t>(read_.integer(1)), read_.blob(2), points);
        if (!done) {
            read_.reset();
            return done;
        }
    }
}

Result<std::uint64_t> DayFile::sealed_through(SeriesId series, std::int64_t bucket)
{
    const auto first = first_id(series, bucket);
    last_.bind(1, first);
    last_.bind(2, first + series_step);
    auto row = last_.step();
    const auto seq = row ? static_cast<std::uint64_t>(last_.integer(1)) : 0;
    last_.reset();
    if (!row) return row.error();
    return seq;
}

Result<std::vector<Chunk>> DayFile::last_chunks()
{
    auto ids = database_.prepare("SELECT id, seq_hi, b FROM chunk ORDER BY id DESC");
    if (!ids) return ids.error();
    std::unordered_set<SeriesId> seen;
    std::vector<Chunk> chunks;
    for (;;) {
        auto row = ids->step();
        if (!row) return row.error();
        if (!*row) return chunks;
        if (!seen.insert(series_of(ids->integer(0))).second) continue;
        const auto id = ids->integer(0);
        Chunk chunk{series_of(id), id / bucket_step, static_cast<std::uint64_t>(ids->integer(1)), {}};
        const bool sound = decode(id, chunk.seq_hi, ids->blob(2), chunk.points).has_value();
        if (sound && !chunk.points.empty()) chunks.push_back(std::move(chunk));
    }
}

}  // namespace tidegate::store

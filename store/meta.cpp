#include "store/meta.hpp"

#include "store/bytes.hpp"
#include "store/checksum.hpp"
#include "store/damage.hpp"

#include <array>
#include <fmt/format.h>

namespace tidegate::store {

namespace {

constexpr auto schema = R"(
    CREATE TABLE series(
        id INTEGER PRIMARY KEY, topic TEXT NOT NULL, field TEXT NOT NULL,
        device TEXT NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL,
        device_class TEXT NOT NULL, availability TEXT NOT NULL, expires_s INTEGER NOT NULL,
        of INTEGER NOT NULL,
        crc INTEGER NOT NULL,  -- CRC-32C of the columns before it
        UNIQUE(topic, field));
)";
constexpr int schema_version = 3;  // 1: without crc; 2: without class, availability, expiry and origin
constexpr auto select =
    "SELECT id, topic, field, device, name, unit, device_class, availability, expires_s, of, crc FROM series "
    "ORDER BY id";
constexpr int crc_column = 10;
constexpr auto keep_sql =
    "INSERT INTO series(id, topic, field, device, name, unit, device_class, availability, expires_s, of, crc)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(id) DO UPDATE SET device = excluded.device, name = excluded.name, unit = excluded.unit,"
    " device_class = excluded.device_class, availability = excluded.availability,"
    " expires_s = excluded.expires_s, of = excluded.of, crc = excluded.crc";

Series series_in(const Statement& row, int first)
{
    const auto text = [&](int column) { return std::string(row.blob(first + column)); };
    return {static_cast<SeriesId>(row.integer(first)),
            text(1),
            text(2),
            text(3),
            text(4),
            text(5),
            text(6),
            text(7),
            static_cast<std::uint32_t>(row.integer(first + 8)),
            static_cast<SeriesId>(row.integer(first + 9))};
}

std::array<const std::string*, 7> texts_of(const Series& series)
{
    return {&series.topic, &series.field,        &series.device,      &series.name,
            &series.unit,  &series.device_class, &series.availability};
}

std::int64_t checksum_of(const Series& series)
{
    ByteWriter out;
    out.varint(series.id);
    for (const auto* text : texts_of(series)) out.text(*text);
    out.varint(series.expires_s);
    out.varint(series.of);
    return crc32c(out.take());
}

bool is_sound(const Statement& row, int first)
{
    const auto series = series_in(row, first);
    return series.id != 0 && row.integer(first) == series.id &&
           row.integer(first + crc_column) == checksum_of(series);
}

// Those that are whole.
Result<std::vector<Series>> series_in(Database& database)
{
    auto rows = database.prepare(select);
    if (!rows) return rows.error();
    std::vector<Series> series;
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return series;
        if (is_sound(*rows, 0)) series.push_back(series_in(*rows, 0));
    }
}

Result<> look_at_rows(Database& database, Faults& faults)
{
    auto rows = database.prepare(select);
    if (!rows) return rows.error();
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return {};
        if (!is_sound(*rows, 0)) faults.push_back(fmt::format("series {}: checksum", rows->integer(0)));
    }
}

}  // namespace

Result<Meta> Meta::open(const std::filesystem::path& file)
{
    Meta meta(file);
    if (auto done = meta.open_file(); !done) return done.error();
    return meta;
}

Result<> Meta::open_file()
{
    auto database = Database::open(file_, Access::read_write);
    if (!database) return database.error();
    if (auto done = database->migrate(schema_version, schema); !done) return done;
    if (auto done = database->execute("PRAGMA synchronous=FULL"); !done) return done;
    auto statement = database->prepare(keep_sql);
    if (!statement) return statement.error();
    database_ = std::move(*database);
    keep_ = std::move(*statement);
    return {};
}

Result<> Meta::thaw()
{
    if (!database_.frozen()) return {};
    keep_ = Statement();
    database_ = Database();
    if (auto done = open_file(); !done) return done;
    if (!database_.frozen()) return {};
    return Error{ErrorKind::denied, fmt::format("{}: the file system is read-only", file_.string())};
}

Result<Faults> Meta::check(const std::filesystem::path& file)
{
    // Small enough for the longer one, which compares the index as well.
    return look_through(file, schema_version, "integrity_check", look_at_rows);
}

Result<std::string> Meta::salvage(const std::filesystem::path& file)
{
    SalvagePlan plan{schema_version, 4096, schema, {}, {}};
    plan.tables = {{"series", [](const Statement& row) { return is_sound(row, 1); }}};
    auto done = store::salvage(file, plan);
    if (!done) return done.error();
    return describe(file, *done);
}

Result<std::vector<Series>> Meta::read(const std::filesystem::path& file)
{
    auto database = Database::open(file, Access::read_only);
    if (!database) return database.error();
    database->checkpoint_on_close(false);
    return series_in(*database);
}

Result<std::vector<Series>> Meta::load()
{
    return series_in(database_);
}

Result<> Meta::keep(std::span<const Series> series)
{
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    for (const auto& one : series) {
        int column = 1;
        keep_.bind(column++, static_cast<std::int64_t>(one.id));
        for (const auto* text : texts_of(one)) keep_.bind_text(column++, *text);
        keep_.bind(column++, static_cast<std::int64_t>(one.expires_s));
        keep_.bind(column++, static_cast<std::int64_t>(one.of));
        keep_.bind(column, checksum_of(one));
        if (auto done = keep_.run(); !done) return done;
    }
    return transaction->commit();
}

}  // namespace tidegate::store

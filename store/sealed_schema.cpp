#include "store/sealed_schema.hpp"

#include "store/bytes.hpp"
#include "store/checksum.hpp"

namespace tidegate::store {

namespace {

constexpr auto schema = R"(
    CREATE TABLE round(at INTEGER PRIMARY KEY, n INTEGER NOT NULL, slot INTEGER NOT NULL, count INTEGER NOT NULL,
                       through INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
                       crc INTEGER NOT NULL);
    -- id: the round, the layer and the first series of the group
    CREATE TABLE row(id INTEGER PRIMARY KEY, b BLOB NOT NULL);
)";
constexpr auto schema_of_names = R"(
    CREATE TABLE series(id INTEGER PRIMARY KEY, topic TEXT NOT NULL, field TEXT NOT NULL,
                        device TEXT NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL);
)";

std::int64_t whole(std::uint64_t value)
{
    return static_cast<std::int64_t>(value);
}

std::uint32_t checksum_of(const Round& round)
{
    ByteWriter bytes;
    for (const auto value : {round.n, whole(round.first_slot), whole(round.count), whole(round.through),
                             round.from_ms, round.to_ms})
        bytes.fixed(value);
    return crc32c(bytes.take());
}

}  // namespace

std::int64_t round_in(Tier tier, std::int64_t day, std::int64_t n)
{
    return tier == Tier::hours ? (day - first_day_of(month_of(day))) * sealed::rounds_a_day + n : n;
}

std::int64_t day_of_round(Tier tier, std::int64_t period, std::int64_t n)
{
    return tier == Tier::hours ? first_day_of(period) + n / sealed::rounds_a_day : period;
}

namespace sealed {

std::string schema_of(Tier tier)
{
    return tier == Tier::hours ? std::string(schema) + schema_of_names : std::string(schema);
}

std::int64_t id_of(std::int64_t n, int layer, SeriesId series)
{
    return n << 33U | static_cast<std::int64_t>(layer) << 32U | series;
}

std::int64_t round_of_row(std::int64_t id)
{
    return id >> 33U;
}

std::optional<Round> round_of(const Statement& row, int first)
{
    const auto number = [&](int column) { return static_cast<std::uint64_t>(row.integer(first + column)); };
    const Round round{row.integer(first + 1), number(2), number(3), number(4), row.integer(first + 5),
                      row.integer(first + 6)};
    if (number(7) != checksum_of(round)) return std::nullopt;
    return round;
}

void bind_round(Statement& insert, const Round& round)
{
    int column = 1;
    for (const auto value : {round.n, whole(round.first_slot), whole(round.count), whole(round.through),
                             round.from_ms, round.to_ms})
        insert.bind(column++, value);
    insert.bind(column, static_cast<std::int64_t>(checksum_of(round)));
}

}  // namespace sealed

}  // namespace tidegate::store

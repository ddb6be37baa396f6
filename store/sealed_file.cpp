#include "store/sealed_file.hpp"

#include "store/bytes.hpp"
#include "store/checksum.hpp"
#include "store/chunk_codec.hpp"
#include "store/damage.hpp"
#include "store/page_size.hpp"
#include "store/rollup_codec.hpp"
#include "store/salvage.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tidegate::store {

namespace {

constexpr int schema_version = 4;  // 1 to 3: other codes, in the first development versions
constexpr std::uint64_t most_points = 10'000'000;
constexpr std::int64_t rounds_a_day = 1LL << 20U;

// Kinds of rows.
constexpr std::uint8_t points_row = 2, rollups_row = 3;

constexpr auto schema = R"(
    CREATE TABLE round(at INTEGER PRIMARY KEY, n INTEGER NOT NULL, slot INTEGER NOT NULL, count INTEGER NOT NULL,
                       through INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
                       crc INTEGER NOT NULL);
    -- id: the round and the series
    CREATE TABLE row(id INTEGER PRIMARY KEY, count INTEGER NOT NULL, b BLOB NOT NULL);
)";
constexpr auto select_round = "SELECT at, n, slot, count, through, from_ms, to_ms, crc FROM round";
constexpr auto schema_of_names = R"(
    CREATE TABLE series(id INTEGER PRIMARY KEY, topic TEXT NOT NULL, field TEXT NOT NULL,
                        device TEXT NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL);
)";

std::int64_t id_of(std::int64_t n, SeriesId series)
{
    return n << 32U | series;
}

std::uint32_t checksum_of(std::int64_t id, std::uint64_t count, std::string_view body)
{
    ByteWriter head;
    head.fixed(id);
    head.fixed(count);
    return crc32c(body, crc32c(head.take()));
}

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

// From a row of (at, n, slot, count, through, from_ms, to_ms, crc), `at` in column `first`; none: it is
// damaged.
std::optional<Round> round_of(const Statement& row, int first = 0)
{
    const auto number = [&](int column) { return static_cast<std::uint64_t>(row.integer(first + column)); };
    const Round round{row.integer(first + 1), number(2), number(3), number(4), row.integer(first + 5),
                      row.integer(first + 6)};
    if (number(7) != checksum_of(round)) return std::nullopt;
    return round;
}

bool is_sound(std::int64_t id, std::uint64_t count, std::string_view blob)
{
    ByteReader in(blob);
    const auto checksum = in.fixed<std::uint32_t>();
    return !in.failed() && checksum == checksum_of(id, count, in.rest());
}

int page_size_for(std::span<const SealedRow> rows)
{
    std::vector<std::size_t> bodies;
    bodies.reserve(rows.size());
    for (const auto& row : rows) bodies.push_back(row.body.size() + sizeof(std::uint32_t) + 1);
    return best_page_size(bodies);
}

// Of a file that may be damaged; the usual one, where its head does not say.
int page_size_of(const std::filesystem::path& path)
{
    auto database = Database::open(path, Access::read_only);
    if (!database) return best_page_size({});
    database->checkpoint_on_close(false);
    const auto size = database->integer("PRAGMA page_size");
    return size && *size >= 512 ? static_cast<int>(*size) : best_page_size({});
}

std::string schema_of(Tier tier)
{
    return tier == Tier::hours ? std::string(schema) + schema_of_names : std::string(schema);
}

}  // namespace

std::int64_t round_in(Tier tier, std::int64_t day, std::int64_t n)
{
    return tier == Tier::hours ? (day - first_day_of(month_of(day))) * rounds_a_day + n : n;
}

std::int64_t day_of_round(Tier tier, std::int64_t period, std::int64_t n)
{
    return tier == Tier::hours ? first_day_of(period) + n / rounds_a_day : period;
}

Result<SealedFile> SealedFile::open(const std::filesystem::path& directory,
                                    Tier tier,
                                    std::int64_t period,
                                    Access access,
                                    std::span<const SealedRow> to_come)
{
    const auto path = sealed_path(directory, tier, period);
    auto database = Database::open(path, access, page_size_for(to_come));
    if (!database) {
        std::error_code ignored;
        if (access == Access::read_only && !std::filesystem::exists(path, ignored))
            return Error{ErrorKind::not_found, path.string() + ": there is none"};
        return database.error();
    }
    if (access == Access::read_write) {
        if (auto done = database->migrate(schema_version, schema_of(tier), Journal::rollback); !done)
            return done.error();
        if (auto done = database->execute("PRAGMA synchronous=FULL"); !done) return done.error();
    } else {
        auto made = database->integer("PRAGMA user_version");
        if (!made) return made.error();
        if (*made == 0) return Error{ErrorKind::not_found, path.string() + ": nothing was sealed in it yet"};
    }
    auto page = database->integer("PRAGMA page_size");
    if (!page) return page.error();
    std::error_code none;  // SQLite fills up with zeros what is cut off within a page
    if (const auto size = std::filesystem::file_size(path, none);
        !none && size % static_cast<std::uint64_t>(*page) != 0)
        return Error{ErrorKind::corrupt, path.string() + ": cut off"};
    SealedFile file;
    file.tier_ = tier;
    file.start_ms_ = store::start_ms(tier, period);
    file.database_ = std::move(*database);
    if (auto done = file.prepare(); !done) return done.error();
    if (auto done = file.refresh(); !done) return done.error();
    return file;
}

Result<> SealedFile::prepare()
{
    const std::vector<std::pair<Statement*, std::string>> wanted{
        {&rounds_after_, std::string(select_round) + " WHERE at > ? ORDER BY at"},
        {&add_round_,
         "INSERT INTO round(n, slot, count, through, from_ms, to_ms, crc) VALUES(?, ?, ?, ?, ?, ?, ?)"},
        {&add_row_, "INSERT INTO row(id, count, b) VALUES(?, ?, ?)"},
        {&read_row_, "SELECT count, b FROM row WHERE id = ?"},
        {&each_row_, "SELECT id, count, b FROM row WHERE id >= ? AND id < ? ORDER BY id"}};
    for (const auto& [statement, sql] : wanted) {
        auto prepared = database_.prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    return {};
}

Result<> SealedFile::refresh()
{
    rounds_after_.bind(1, last_);
    for (;;) {
        auto row = rounds_after_.step();
        if (!row || !*row) {
            rounds_after_.reset();
            if (!row) return row.error();
            return {};
        }
        const auto round = round_of(rounds_after_);
        if (!round) {
            rounds_after_.reset();
            return Error{ErrorKind::corrupt, "a round: checksum"};
        }
        last_ = rounds_after_.integer(0);
        rounds_.push_back(*round);
    }
}

bool SealedFile::has(std::int64_t n) const
{
    return std::any_of(rounds_.begin(), rounds_.end(), [&](const Round& round) { return round.n == n; });
}

std::uint64_t SealedFile::through() const
{
    std::uint64_t through = 0;  // one whose row was lost says nothing
    for (const auto& round : rounds_) through = std::max(through, round.through);
    return through;
}

std::vector<Round> SealedFile::rounds_of(std::int64_t day) const
{
    std::vector<Round> rounds;
    const auto first = round_in(tier_, day, 0), end = first + rounds_a_day;
    for (auto round : rounds_) {
        if (round.n <= first || round.n >= end) continue;
        round.n -= first;
        rounds.push_back(round);
    }
    return rounds;
}

Result<> SealedFile::add(const Round& round, std::span<const SealedRow> rows)
{
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    if (auto done = insert(round); !done) return done;
    if (auto done = insert(round.n, rows); !done) return done;
    if (auto done = transaction->commit(); !done) return done;
    return refresh();
}

Result<> SealedFile::add_missing(const Round& round, std::vector<SealedRow> rows)
{
    if (!has(round.n)) return add(round, rows);
    auto there = counts(round.n);
    if (!there) return there.error();
    std::erase_if(rows, [&](const SealedRow& row) {
        const auto found = std::lower_bound(there->begin(), there->end(), std::pair(row.series, 0UL));
        return found != there->end() && found->first == row.series;
    });
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    if (auto done = insert(round.n, rows); !done) return done;
    return transaction->commit();
}

Result<> SealedFile::insert(std::int64_t n, std::span<const SealedRow> rows)
{
    const std::uint8_t kind = tier_ == Tier::readings ? points_row : rollups_row;
    for (const auto& row : rows) {
        const auto id = id_of(n, row.series);
        ByteWriter body;
        body.byte(kind);
        body.append(row.body);
        const auto bytes = body.take();
        ByteWriter blob;
        blob.fixed(checksum_of(id, row.count, bytes));
        blob.append(bytes);
        const auto checked = blob.take();
        if (auto done = insert({row.series, row.count, id, checked}); !done) return done;
    }
    return {};
}

Result<> SealedFile::newest(const std::function<bool(SeriesId, const Rollup&)>& visit)
{
    auto rows = database_.prepare("SELECT id, count, b FROM row ORDER BY id DESC");
    if (!rows) return rows.error();
    std::vector<Point> none;
    std::vector<Rollup> rollups;
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return {};
        const auto id = rows->integer(0);
        const Row found{static_cast<SeriesId>(id & 0xffff'ffff), static_cast<std::uint64_t>(rows->integer(1)),
                        id, rows->blob(2)};
        rollups.clear();
        if (!decode(found, none, rollups)) continue;
        for (auto rollup = rollups.rbegin(); rollup != rollups.rend(); ++rollup)
            if (!visit(found.series, *rollup)) return {};
    }
}

Result<> SealedFile::insert(const Round& round)
{
    int column = 1;
    for (const auto value : {round.n, whole(round.first_slot), whole(round.count), whole(round.through),
                             round.from_ms, round.to_ms})
        add_round_.bind(column++, value);
    add_round_.bind(column, static_cast<std::int64_t>(checksum_of(round)));
    return add_round_.run();
}

Result<> SealedFile::insert(const Row& row)
{
    add_row_.bind(1, row.id);
    add_row_.bind(2, whole(row.count));
    add_row_.bind_blob(3, row.blob);
    return add_row_.run();
}

Result<> SealedFile::take_missing(SealedFile& from)
{
    auto find = database_.prepare("SELECT 1 FROM row WHERE id = ?");
    if (!find) return find.error();
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    for (const auto& round : from.rounds()) {
        if (!has(round.n))
            if (auto done = insert(round); !done) return done;
        auto copied = from.each(round.n, 0, [&](const Row& row) -> Result<bool> {
            find->bind(1, row.id);
            auto found = find->step();
            find->reset();
            if (!found) return found.error();
            if (*found) return true;
            if (auto done = insert(row); !done) return done.error();
            return true;
        });
        if (!copied) return copied;
    }
    if (auto done = transaction->commit(); !done) return done;
    return refresh();
}

Result<std::vector<std::pair<SeriesId, std::uint64_t>>> SealedFile::counts(std::int64_t n)
{
    auto rows =
        database_.prepare("SELECT id & 4294967295, count FROM row WHERE id >= ? AND id < ? ORDER BY id");
    if (!rows) return rows.error();
    rows->bind(1, id_of(n, 0));
    rows->bind(2, id_of(n + 1, 0));
    std::vector<std::pair<SeriesId, std::uint64_t>> counts;
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return counts;
        counts.emplace_back(static_cast<SeriesId>(rows->integer(0)),
                            static_cast<std::uint64_t>(rows->integer(1)));
    }
}

Result<> SealedFile::decode(const Row& row, std::vector<Point>& points, std::vector<Rollup>& rollups) const
{
    const auto damaged = [&](std::string_view what) {
        return Error{ErrorKind::corrupt,
                     fmt::format("round {} series {}: {}", row.id >> 32U, row.series, what)};
    };
    if (!is_sound(row.id, row.count, row.blob)) return damaged("checksum");
    ByteReader in(row.blob.substr(sizeof(std::uint32_t)));
    const auto kind = in.byte();
    if (kind == rollups_row) return decode_rollups(in.rest(), start_ms_, width_ms(tier_), row.count, rollups);
    if (kind != points_row || row.count > most_points) return damaged("kind");
    const auto before = points.size();
    if (auto done = decode_chunk(in.rest(), start_ms_, row.count, points); !done) return done;
    if (points.size() - before != row.count) return damaged("length");
    return {};
}

namespace {

// Rounds say again what is there: how many readings, where rows were lost; and rows whose round is lost have
// one again, as wide as can be. That one says of nothing that it is sealed: what the log still has is sealed
// once more, and shown once.
Result<> put_rounds_right(Database& fresh, Tier tier, std::int64_t period)
{
    auto all = fresh.prepare(
        "SELECT n, (SELECT sum(count) FROM row WHERE id >= n << 32 AND id < (n + 1) << 32)"
        " FROM (SELECT n FROM round UNION SELECT id >> 32 AS n FROM row)");
    if (!all) return all.error();
    auto find = fresh.prepare(select_round + std::string(" WHERE n = ?"));
    if (!find) return find.error();
    for (;;) {
        auto row = all->step();
        if (!row) return row.error();
        if (!*row) return {};
        Round round;
        round.n = all->integer(0);
        const auto count = static_cast<std::uint64_t>(all->integer(1));
        find->bind(1, round.n);
        auto known = find->step();
        if (!known) return known.error();
        if (*known) round = round_of(*find).value_or(round);
        find->reset();
        // Minutes and hours say how many readings they are of, which their rows do not.
        if (*known && (tier != Tier::readings || round.count == count)) continue;
        // What is left keeps its end: an upstream that is within it gets all of what it has not passed.
        if (round.first_slot > 0 && count < round.count) round.first_slot += round.count - count;
        round.count = count;
        if (!*known) {
            const auto day = day_of_round(tier, period, round.n);
            round.from_ms = day * day_ms;
            round.to_ms = (day + 1) * day_ms - 1;
        }
        auto done = fresh.execute(fmt::format(
            "DELETE FROM round WHERE n = {0}; INSERT INTO round(n, slot, count, through, from_ms, to_ms, crc)"
            " VALUES({0}, {1}, {2}, {3}, {4}, {5}, {6})",
            round.n, round.first_slot, round.count, round.through, round.from_ms, round.to_ms,
            checksum_of(round)));
        if (!done) return done;
    }
}

}  // namespace

Result<std::string> SealedFile::salvage(const std::filesystem::path& directory,
                                        Tier tier,
                                        std::int64_t period)
{
    const auto path = sealed_path(directory, tier, period);
    SalvagePlan plan{schema_version, page_size_of(path), schema_of(tier), {}, {}};
    // Column 0 is the key once more; those of the table follow.
    plan.tables.push_back({"round", [](const Statement& row) { return round_of(row, 1).has_value(); }});
    plan.tables.push_back({"row", [](const Statement& row) {
                               return is_sound(row.integer(1), static_cast<std::uint64_t>(row.integer(2)),
                                               row.blob(3));
                           }});
    if (tier == Tier::hours) plan.tables.push_back({"series", {}});
    plan.finish = [&](Database& fresh, const Salvaged&) { return put_rounds_right(fresh, tier, period); };
    auto done = store::salvage(path, plan);
    if (!done) return done.error();
    return describe(path, *done);
}

SeriesId SealedFile::last_series(std::int64_t n)
{
    auto id = database_.integer(
        fmt::format("SELECT max(id) FROM row WHERE id >= {} AND id < {}", id_of(n, 0), id_of(n + 1, 0)));
    return id ? static_cast<SeriesId>(*id & 0xffff'ffff) : 0;
}

Result<> SealedFile::read(std::int64_t n,
                          SeriesId series,
                          std::vector<Point>& points,
                          std::vector<Rollup>& rollups)
{
    const auto id = id_of(n, series);
    read_row_.bind(1, id);
    auto row = read_row_.step();
    Result<> done;
    if (row && *row)
        done = decode({series, static_cast<std::uint64_t>(read_row_.integer(0)), id, read_row_.blob(1)},
                      points, rollups);
    read_row_.reset();
    if (!row) return row.error();
    return done;
}

Result<> SealedFile::each(std::int64_t n,
                          SeriesId series,
                          const std::function<Result<bool>(const Row&)>& visit)
{
    each_row_.bind(1, id_of(n, series));
    each_row_.bind(2, id_of(n + 1, 0));
    Result<bool> more = true;
    while (more && *more) {
        more = each_row_.step();
        if (!more || !*more) break;
        const auto id = each_row_.integer(0);
        more = visit({static_cast<SeriesId>(id & 0xffff'ffff),
                      static_cast<std::uint64_t>(each_row_.integer(1)), id, each_row_.blob(2)});
    }
    each_row_.reset();
    if (!more) return more.error();
    return {};
}

Result<> SealedFile::name(std::span<const Series> series)
{
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    auto insert = database_.prepare(
        "INSERT OR REPLACE INTO series(id, topic, field, device, name, unit) VALUES(?, ?, ?, ?, ?, ?)");
    if (!insert) return insert.error();
    for (const auto& one : series) {
        insert->bind(1, static_cast<std::int64_t>(one.id));
        int column = 2;
        for (const auto* text : {&one.topic, &one.field, &one.device, &one.name, &one.unit})
            insert->bind_text(column++, *text);
        if (auto done = insert->run(); !done) return done;
    }
    return transaction->commit();
}

Result<SeriesId> SealedFile::named_through()
{
    auto last = database_.integer("SELECT max(id) FROM series");
    if (!last) return last.error();
    return static_cast<SeriesId>(*last);
}

}  // namespace tidegate::store

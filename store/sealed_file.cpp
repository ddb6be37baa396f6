#include "store/sealed_file.hpp"

#include "store/chunk_codec.hpp"
#include "store/rollup_codec.hpp"
#include "store/sealed_schema.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace tidegate::store {

using namespace sealed;

namespace {

constexpr std::uint64_t most_points = 10'000'000;

// Longer ones cost less beside what is in them, and more to read for the sake of one series.
std::size_t group_bytes(Tier tier)
{
    switch (tier) {
    case Tier::readings: return 16UL * 1024;
    case Tier::minutes: return 8UL * 1024;
    case Tier::hours: return 4UL * 1024;
    }
    return 0;
}

PartKind kind_of(Tier tier)
{
    return tier == Tier::readings ? PartKind::points : PartKind::rollups;
}

Error damaged(const SealedFile::Row& row, std::string_view what)
{
    return {ErrorKind::corrupt, fmt::format("round {} series {}: {}", row.n, row.part.series, what)};
}

// To be written once more, under a checksum of its own: so it must be sound.
Result<bool> copy(const SealedFile::Row& row, std::vector<SealedRow>& rows)
{
    if (!row.part.is_sound()) return damaged(row, "checksum");
    rows.push_back({row.part.series, row.part.count, std::string(row.part.body)});
    return true;
}

}  // namespace

Result<SealedFile> SealedFile::open(const std::filesystem::path& directory,
                                    Tier tier,
                                    std::int64_t period,
                                    Access access)
{
    const auto path = sealed_path(directory, tier, period);
    auto database = Database::open(path, access, page_size);
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
    file.period_ = period;
    file.path_ = path;
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
        {&add_round_, insert_round},
        {&add_row_, "INSERT INTO row(id, b) VALUES(?, ?)"},
        {&last_row_, "SELECT id, b FROM row WHERE id <= ? ORDER BY id DESC LIMIT 1"},
        {&each_row_, "SELECT id, b FROM row WHERE id >= ? AND id < ? ORDER BY id"},
        {&drop_rows_, "DELETE FROM row WHERE id >= ? AND id < ?"}};
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
    if (auto done = insert(round.n, first_layer, kind_of(tier_), rows); !done) return done;
    if (auto done = transaction->commit(); !done) return done;
    return refresh();
}

Result<> SealedFile::add_missing(const Round& round, std::span<const SealedRow> rows)
{
    if (!has(round.n)) return add(round, rows);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    if (auto done = put(round.n, first_layer, kind_of(tier_), rows); !done) return done;
    return transaction->commit();
}

Result<> SealedFile::insert(std::int64_t n, int layer, PartKind kind, std::span<const SealedRow> rows)
{
    while (!rows.empty()) {
        const auto length = group_length(rows, group_bytes(tier_));
        const auto id = id_of(n, layer, rows.front().series);
        const auto blob = encode_group(id, kind, rows.first(length));
        add_row_.bind(1, id);
        add_row_.bind_blob(2, blob);
        if (auto done = add_row_.run(); !done) return done;
        rows = rows.subspan(length);
    }
    return {};
}

// Where a series has a part already, that stays.
Result<> SealedFile::put(std::int64_t n, int layer, PartKind kind, std::span<const SealedRow> rows)
{
    std::vector<SealedRow> all;
    auto there = each_in(n, layer, 0, [&](const Row& row) { return copy(row, all); });
    if (!there) return there.error();
    if (all.empty()) return insert(n, layer, kind, rows);
    all.insert(all.end(), rows.begin(), rows.end());
    std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.series < b.series; });
    const auto same = [](auto& a, auto& b) { return a.series == b.series; };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
    drop_rows_.bind(1, id_of(n, layer, 0));
    drop_rows_.bind(2, id_of(n, layer + 1, 0));
    if (auto done = drop_rows_.run(); !done) return done;
    return insert(n, layer, kind, all);
}

Result<> SealedFile::newest(const std::function<bool(SeriesId, const Rollup&)>& visit)
{
    auto rows = database_.prepare("SELECT id, b FROM row ORDER BY id DESC");
    if (!rows) return rows.error();
    std::vector<Point> none;
    std::vector<Rollup> rollups;
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return {};
        const auto id = rows->integer(0);
        const auto group = read_group(id, rows->blob(1));
        if (!group) continue;
        for (auto part = group->parts.rbegin(); part != group->parts.rend(); ++part) {
            rollups.clear();
            if (!decode({round_of_row(id), group->kind, *part}, none, rollups)) continue;
            for (auto rollup = rollups.rbegin(); rollup != rollups.rend(); ++rollup)
                if (!visit(part->series, *rollup)) return {};
        }
    }
}

Result<> SealedFile::insert(const Round& round)
{
    bind_round(add_round_, round);
    return add_round_.run();
}

Result<> SealedFile::take_missing(SealedFile& readings)
{
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    for (const auto& round : readings.rounds()) {
        if (!has(round.n))
            if (auto done = insert(round); !done) return done;
        auto there = counts(round.n);
        if (!there) return there.error();
        std::vector<SealedRow> missing;
        auto copied = readings.each(round.n, 0, [&](const Row& row) -> Result<bool> {
            const auto series = row.part.series;
            const auto found = std::lower_bound(there->begin(), there->end(), std::pair(series, 0UL));
            return found != there->end() && found->first == series ? Result<bool>(true) : copy(row, missing);
        });
        if (!copied) return copied;
        if (auto done = put(round.n, layer_of_readings, PartKind::points, missing); !done) return done;
    }
    if (auto done = transaction->commit(); !done) return done;
    return refresh();
}

Result<std::vector<std::pair<SeriesId, std::uint64_t>>> SealedFile::counts(std::int64_t n)
{
    std::vector<std::pair<SeriesId, std::uint64_t>> counts;
    auto done = each(n, 0, [&](const Row& row) -> Result<bool> {
        counts.emplace_back(row.part.series, row.part.count);
        return true;
    });
    if (!done) return done.error();
    std::sort(counts.begin(), counts.end());  // layer by layer until here
    return counts;
}

Result<> SealedFile::decode(const Row& row, std::vector<Point>& points, std::vector<Rollup>& rollups) const
{
    const auto& part = row.part;
    if (!part.is_sound()) return damaged(row, "checksum");
    if (row.kind == PartKind::rollups)
        return decode_rollups(part.body, start_ms_, width_ms(tier_), part.count, rollups);
    if (part.count > most_points) return damaged(row, "count");
    const auto before = points.size();
    if (auto done = decode_chunk(part.body, start_ms_, part.count, points); !done) return done;
    if (points.size() - before != part.count) return damaged(row, "length");
    return {};
}

SeriesId SealedFile::last_series(std::int64_t n)
{
    last_row_.bind(1, id_of(n, first_layer + 1, 0) - 1);
    auto row = last_row_.step();
    SeriesId last = 0;
    if (row && *row && round_of_row(last_row_.integer(0)) == n)
        if (const auto group = read_group(last_row_.integer(0), last_row_.blob(1)); group)
            last = group->parts.empty() ? 0 : group->parts.back().series;
    last_row_.reset();
    return last;
}

Result<> SealedFile::read(std::int64_t n,
                          SeriesId series,
                          std::vector<Point>& points,
                          std::vector<Rollup>& rollups)
{
    for (int layer = 0; layer < layers(); ++layer) {
        auto found = read_in(n, layer, series, points, rollups);
        if (!found) return found.error();
        if (*found) return {};
    }
    return {};
}

// False: it is not there.
Result<bool> SealedFile::read_in(
    std::int64_t n, int layer, SeriesId series, std::vector<Point>& points, std::vector<Rollup>& rollups)
{
    last_row_.bind(1, id_of(n, layer, series));
    const auto look = [&]() -> Result<bool> {
        auto row = last_row_.step();
        if (!row || !*row) return row;
        const auto id = last_row_.integer(0);
        if (id < id_of(n, layer, 0)) return false;
        const auto group = read_group(id, last_row_.blob(1));
        if (!group) return group.error();
        const auto part = std::lower_bound(group->parts.begin(), group->parts.end(), series,
                                           [](auto& one, auto wanted) { return one.series < wanted; });
        if (part == group->parts.end() || part->series != series) return false;
        if (auto done = decode({n, group->kind, *part}, points, rollups); !done) return done.error();
        return true;
    };
    auto found = look();
    last_row_.reset();
    return found;
}

Result<> SealedFile::each(std::int64_t n, SeriesId series, const Visit& visit)
{
    Result<bool> more = true;
    for (int layer = 0; more && *more && layer < layers(); ++layer) more = each_in(n, layer, series, visit);
    if (!more) return more.error();
    return {};
}

// False: `visit` has said so.
Result<bool> SealedFile::each_in(std::int64_t n, int layer, SeriesId series, const Visit& visit)
{
    const auto begin = id_of(n, layer, 0);
    last_row_.bind(1, id_of(n, layer, series));
    auto row = last_row_.step();
    const auto from = row && *row ? std::max(begin, last_row_.integer(0)) : begin;
    last_row_.reset();
    if (!row) return row;
    each_row_.bind(1, from);
    each_row_.bind(2, id_of(n, layer + 1, 0));
    const auto look = [&]() -> Result<bool> {
        for (;;) {
            row = each_row_.step();
            if (!row) return row;
            if (!*row) return true;
            const auto group = read_group(each_row_.integer(0), each_row_.blob(1));
            if (!group) return group.error();
            for (const auto& part : group->parts) {
                if (part.series < series) continue;
                auto more = visit({n, group->kind, part});
                if (!more || !*more) return more;
            }
        }
    };
    auto more = look();
    each_row_.reset();
    return more;
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

Result<> SealedFile::drop_after(std::uint64_t seq)
{
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    for (const auto& round : rounds_) {
        if (round.through <= seq) continue;
        drop_rows_.bind(1, id_of(round.n, 0, 0));
        drop_rows_.bind(2, id_of(round.n + 1, 0, 0));
        if (auto done = drop_rows_.run(); !done) return done;
    }
    if (auto done = database_.execute(fmt::format("DELETE FROM round WHERE through > {}", seq)); !done)
        return done;
    if (auto done = transaction->commit(); !done) return done;
    rounds_.clear();
    last_ = 0;
    return refresh();
}

Result<SeriesId> SealedFile::named_through()
{
    auto last = database_.integer("SELECT max(id) FROM series");
    if (!last) return last.error();
    return static_cast<SeriesId>(*last);
}

}  // namespace tidegate::store

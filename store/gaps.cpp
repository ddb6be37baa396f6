#include "store/gaps.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/bytes.hpp"
#include "store/upstream_gaps.hpp"

#include <algorithm>

namespace tidegate::store {

namespace {

constexpr std::size_t most_waiting = 1000;
constexpr int schema_version = 3;  // 1, 2: in the first development versions

// The oldest go when there are 10,000.
constexpr auto trim_sql = "DELETE FROM gap WHERE id <= (SELECT max(id) FROM gap) - 10000";
constexpr auto insert_sql =
    "INSERT INTO gap(id, at_ms, tier, resolution_ms, reason, upstream, from_ms, to_ms, count, first_seq, "
    "last_seq, parts) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr auto total_sql =
    "INSERT INTO total(tier, resolution_ms, reason, count) VALUES(?, ?, ?, ?)"
    " ON CONFLICT(tier, resolution_ms, reason) DO UPDATE SET count = count + excluded.count";
constexpr auto select_sql =
    "SELECT id, at_ms, tier, resolution_ms, reason, upstream, from_ms, to_ms, count, first_seq, last_seq, "
    "parts FROM gap";
constexpr auto schema = R"(
    -- tier: 0 readings, 1 minutes, 2 hours; parts: encode_parts()
    CREATE TABLE gap(id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, tier INTEGER NOT NULL,
                     resolution_ms INTEGER NOT NULL, reason TEXT NOT NULL, upstream TEXT NOT NULL,
                     from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, count INTEGER NOT NULL,
                     first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, parts BLOB NOT NULL);
    CREATE INDEX gap_of_upstream ON gap(upstream, id);
    CREATE TABLE total(tier INTEGER NOT NULL, resolution_ms INTEGER NOT NULL, reason TEXT NOT NULL,
                       count INTEGER NOT NULL, UNIQUE(tier, resolution_ms, reason));
)";

std::string encode_parts(const std::vector<GapPart>& parts)
{
    ByteWriter out;
    out.varint(parts.size());
    for (const auto& part : parts) {
        out.varint(part.first_seq);
        out.signed_varint(part.from_ms);
        out.signed_varint(part.to_ms);
        out.varint(part.series.size());
        SeriesId before = 0;
        for (const auto& [id, count] : part.series) {
            out.varint(id - before);
            out.varint(count);
            before = id;
        }
    }
    return out.take();
}

// What is damaged names no series.
std::vector<GapPart> decode_parts(std::string_view bytes)
{
    ByteReader in(bytes);
    std::vector<GapPart> parts;
    for (auto left = in.varint(); left > 0 && !in.failed(); --left) {
        GapPart part;
        part.first_seq = in.varint();
        part.from_ms = in.signed_varint();
        part.to_ms = in.signed_varint();
        SeriesId id = 0;
        for (auto rows = in.varint(); rows > 0 && !in.failed(); --rows) {
            id += static_cast<SeriesId>(in.varint());
            part.series.emplace_back(id, in.varint());
        }
        parts.push_back(std::move(part));
    }
    if (in.failed()) return {};
    return parts;
}

Gap gap_of(const Statement& row)
{
    const auto number = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
    return {number(0),
            row.integer(1),
            static_cast<Tier>(std::clamp<std::int64_t>(row.integer(2), 0, 2)),
            row.integer(3),
            std::string(row.blob(4)),
            std::string(row.blob(5)),
            row.integer(6),
            row.integer(7),
            number(8),
            number(9),
            number(10),
            decode_parts(row.blob(11))};
}

// Until `visit` says false.
Result<> each_gap(Statement& rows, const std::function<bool(Gap)>& visit)
{
    for (;;) {
        auto row = rows.step();
        if (!row) return row.error();
        if (!*row || !visit(gap_of(rows))) return {};
    }
}

bool is_wanted(const Gap& gap, const GapQuery& query)
{
    if (gap.to_ms < query.from_ms || gap.from_ms > query.to_ms) return false;
    return query.series.empty() || std::any_of(query.series.begin(), query.series.end(),
                                               [&](auto id) { return count_of(gap, id) > 0; });
}

Discard discard_for(const Gap& gap)
{
    return gap.reason == "damage" ? Discard::damaged : Discard::buffer_full;
}

}  // namespace

GapBook::GapBook(const std::filesystem::path& directory, std::uint64_t told_through)
    : file_(
          directory / "gaps.db",
          {schema_version, schema, {"gap", "total"}, [this](Database& database) { return load(database); }}),
      last_id_(told_through)
{
    if (!file_.exists()) return;
    if (auto done = file_.use([](Database&) { return Result<>(); }); !done)
        log::warning("gaps.db cannot be read: {}", done.error().what);
}

// What is asked for often, once.
Result<> GapBook::load(Database& database)
{
    auto last = database.integer("SELECT max(id) FROM gap");
    if (!last) return last.error();
    last_id_ = std::max(last_id_, static_cast<std::uint64_t>(*last));
    auto told = database.prepare(
        "SELECT upstream, max(id), max(last_seq) FROM gap WHERE upstream <> '' GROUP BY upstream");
    if (!told) return told.error();
    auto totals = database.prepare("SELECT tier, resolution_ms, reason, count FROM total");
    if (!totals) return totals.error();
    std::map<std::string, Told> told_in_file;
    for (;;) {
        auto row = told->step();
        if (!row) return row.error();
        if (!*row) break;
        told_in_file[std::string(told->blob(0))] = {static_cast<std::uint64_t>(told->integer(1)),
                                                    static_cast<std::uint64_t>(told->integer(2))};
    }
    std::vector<GapTotal> totals_in_file;
    for (;;) {
        auto row = totals->step();
        if (!row) return row.error();
        if (!*row) break;
        totals_in_file.push_back({static_cast<Tier>(std::clamp<std::int64_t>(totals->integer(0), 0, 2)),
                                  totals->integer(1), std::string(totals->blob(2)),
                                  static_cast<std::uint64_t>(totals->integer(3))});
    }

    const std::scoped_lock lock(known_mutex_);
    for (auto& [upstream, known] : told_) {  // what the file has lost of it was told all the same
        auto& now = told_in_file[upstream];
        now.last_seq = std::max(now.last_seq, known.last_seq);
    }
    told_ = std::move(told_in_file);
    totals_ = std::move(totals_in_file);
    return {};
}

void GapBook::add(Gap gap)
{
    const std::scoped_lock lock(mutex_);
    add_locked(std::move(gap));
}

void GapBook::add_locked(Gap gap)
{
    if (waiting_.size() == most_waiting) waiting_.erase(waiting_.begin());
    waiting_.push_back(std::move(gap));
    write_all();
}

void GapBook::write_waiting()
{
    const std::scoped_lock lock(mutex_);
    write_all();
}

void GapBook::write_all()
{
    while (!waiting_.empty()) {
        if (auto done = write(waiting_.front()); !done) {
            log::warning("a gap could not be written down, it is kept in memory: {}", done.error().what);
            return;
        }
        waiting_.erase(waiting_.begin());
    }
}

namespace {

Result<> insert(Database& database, const Gap& gap)
{
    auto rows = database.prepare(insert_sql);
    if (!rows) return rows.error();
    const auto blob = encode_parts(gap.parts);
    int column = 1;
    for (const auto value :
         {static_cast<std::int64_t>(gap.id), gap.at_ms, static_cast<std::int64_t>(gap.of), gap.resolution_ms})
        rows->bind(column++, value);
    rows->bind_text(column++, gap.reason);
    rows->bind_text(column++, gap.upstream);
    for (const auto value :
         {gap.from_ms, gap.to_ms, static_cast<std::int64_t>(gap.count),
          static_cast<std::int64_t>(gap.first_seq), static_cast<std::int64_t>(gap.last_seq)})
        rows->bind(column++, value);
    rows->bind_blob(column, blob);
    return rows->run();
}

Result<> add_to_total(Database& database, const Gap& gap)
{
    auto total = database.prepare(total_sql);
    if (!total) return total.error();
    total->bind(1, static_cast<std::int64_t>(gap.of));
    total->bind(2, gap.resolution_ms);
    total->bind_text(3, gap.reason);
    total->bind(4, static_cast<std::int64_t>(gap.count));
    return total->run();
}

}  // namespace

Result<> GapBook::write(Gap& gap)
{
    auto done = file_.use([&](Database& database) -> Result<> {
        gap.id = last_id_ + 1;
        auto transaction = Transaction::begin(database);
        if (!transaction) return transaction.error();
        if (auto added = insert(database, gap); !added) return added;
        if (auto trimmed = database.execute(trim_sql); !trimmed) return trimmed;
        if (gap.upstream.empty())
            if (auto added = add_to_total(database, gap); !added) return added;
        return transaction->commit();
    });
    if (!done) {
        gap.id = 0;
        return done;
    }
    last_id_ = gap.id;
    note(gap);
    return {};
}

void GapBook::note(const Gap& gap)
{
    const std::scoped_lock lock(known_mutex_);
    if (!gap.upstream.empty()) {
        told_[gap.upstream] = {gap.id, std::max(told_[gap.upstream].last_seq, gap.last_seq)};
        return;
    }
    const auto same = [&](const GapTotal& total) {
        return total.of == gap.of && total.resolution_ms == gap.resolution_ms && total.reason == gap.reason;
    };
    const auto known = std::find_if(totals_.begin(), totals_.end(), same);
    if (known == totals_.end())
        totals_.push_back({gap.of, gap.resolution_ms, gap.reason, gap.count});
    else
        known->count += gap.count;
}

// Gaps of history that may tell what the readings first to last were.
std::vector<Gap> GapBook::history_between(std::uint64_t first, std::uint64_t last)
{
    std::vector<Gap> gaps;
    for (const auto& gap : waiting_)
        if (gap.upstream.empty() && gap.first_seq <= last && gap.last_seq >= first) gaps.push_back(gap);
    (void)file_.use([&](Database& database) -> Result<> {  // what cannot be read tells nothing
        auto rows = database.prepare(std::string(select_sql) +
                                     " WHERE upstream = '' AND tier = 0 AND first_seq > 0"
                                     " AND first_seq <= ? AND last_seq >= ?");
        if (!rows) return rows.error();
        rows->bind(1, static_cast<std::int64_t>(last));
        rows->bind(2, static_cast<std::int64_t>(first));
        std::vector<Gap> found;
        auto done = each_gap(*rows, [&](Gap gap) {
            found.push_back(std::move(gap));
            return true;
        });
        gaps.insert(gaps.end(), found.begin(), found.end());
        return done;
    });
    return gaps;
}

Discards GapBook::give_up(const std::string& upstream,
                          std::uint64_t first,
                          std::uint64_t last,
                          std::uint64_t end)
{
    const std::scoped_lock lock(mutex_);
    const auto history = history_between(first, last);
    const auto told = told_through(upstream, end);
    Discards counts{};
    for (const auto& stretch : stretches(history, first, last)) {
        const auto reason = stretch.source == nullptr ? Discard::damaged : discard_for(*stretch.source);
        counts.at(static_cast<std::size_t>(reason)) += stretch.last - stretch.first + 1;
        for (auto& gap : gaps_of(stretch, upstream))
            if (gap.first_seq > told) add_locked(std::move(gap));
    }
    return counts;
}

void GapBook::refused(const std::string& upstream, std::span<const Record> records, std::uint64_t end)
{
    const std::scoped_lock lock(mutex_);
    const auto told = told_through(upstream, end);
    while (!records.empty() && records.front().seq <= told) records = records.subspan(1);
    while (!records.empty()) {
        auto gap = refused_gap(records, upstream);
        records = records.subspan(gap.count);
        add_locked(std::move(gap));
    }
}

std::uint64_t GapBook::told_through(const std::string& upstream, std::uint64_t end)
{
    {
        const std::scoped_lock lock(known_mutex_);
        const auto found = told_.find(upstream);
        if (found == told_.end()) return 0;
        if (found->second.last_seq <= end) return found->second.last_seq;
    }
    std::uint64_t last = 0;
    for (const auto& gap : waiting_)
        if (gap.upstream == upstream && gap.last_seq <= end) last = std::max(last, gap.last_seq);
    (void)file_.use([&](Database& database) -> Result<> {  // what cannot be read is told twice, at worst
        auto rows = database.prepare("SELECT max(last_seq) FROM gap WHERE upstream = ? AND last_seq <= ?");
        if (!rows) return rows.error();
        rows->bind_text(1, upstream);
        rows->bind(2, static_cast<std::int64_t>(end));
        auto row = rows->step();
        if (!row) return row.error();
        if (*row) last = std::max(last, static_cast<std::uint64_t>(rows->integer(0)));
        return {};
    });
    return last;
}

Result<std::vector<Gap>> GapBook::newest(const GapQuery& query)
{
    const std::scoped_lock lock(mutex_);
    std::vector<Gap> gaps;
    if (query.before == 0)
        std::copy_if(waiting_.rbegin(), waiting_.rend(), std::back_inserter(gaps),
                     [&](const Gap& gap) { return is_wanted(gap, query); });
    if (gaps.size() > query.limit) gaps.resize(query.limit);
    if (!file_.exists()) return gaps;
    const auto waiting = gaps.size();
    auto done = file_.use([&](Database& database) -> Result<> {
        gaps.resize(waiting);
        auto rows = database.prepare(std::string(select_sql) +
                                     " WHERE id < ? AND to_ms >= ? AND from_ms <= ? ORDER BY id DESC");
        if (!rows) return rows.error();
        constexpr auto all = std::numeric_limits<std::int64_t>::max();
        rows->bind(1, query.before == 0 ? all : static_cast<std::int64_t>(query.before));
        rows->bind(2, query.from_ms);
        rows->bind(3, query.to_ms);
        return each_gap(*rows, [&](Gap gap) {
            if (gaps.size() < query.limit && is_wanted(gap, query)) gaps.push_back(std::move(gap));
            return gaps.size() < query.limit;
        });
    });
    if (!done && waiting == 0) return done.error();
    return gaps;
}

Result<std::vector<Gap>> GapBook::owed(const std::string& upstream, std::uint64_t after, std::size_t limit)
{
    std::vector<Gap> gaps;
    if (last_owed(upstream) <= after) return gaps;
    const std::scoped_lock lock(mutex_);
    auto done = file_.use([&](Database& database) -> Result<> {
        gaps.clear();
        auto rows =
            database.prepare(std::string(select_sql) + " WHERE upstream = ? AND id > ? ORDER BY id LIMIT ?");
        if (!rows) return rows.error();
        rows->bind_text(1, upstream);
        rows->bind(2, static_cast<std::int64_t>(after));
        rows->bind(3, static_cast<std::int64_t>(limit));
        return each_gap(*rows, [&](Gap gap) {
            gaps.push_back(std::move(gap));
            return true;
        });
    });
    if (!done) return done.error();
    return gaps;
}

std::uint64_t GapBook::last_owed(const std::string& upstream) const
{
    const std::scoped_lock lock(known_mutex_);
    const auto found = told_.find(upstream);
    return found == told_.end() ? 0 : found->second.id;
}

std::vector<GapTotal> GapBook::totals() const
{
    const std::scoped_lock lock(known_mutex_);
    return totals_;
}

}  // namespace tidegate::store

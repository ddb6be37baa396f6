#include "store/gaps.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/bytes.hpp"

#include <algorithm>

namespace tidegate::store {

std::uint64_t count_of(const GapPart& part)
{
    std::uint64_t count = 0;
    for (const auto& [id, of_one] : part.series) count += of_one;
    return count;
}

namespace {

constexpr std::size_t most_waiting = 1000;
constexpr std::size_t most_series = 200;  // of one gap of an upstream: what one delivery can carry
constexpr int schema_version = 2;         // 1: without seqs, in the first development versions

// The oldest go when there are 10,000.
constexpr auto trim_sql = "DELETE FROM gap WHERE id <= (SELECT max(id) FROM gap) - 10000";
constexpr auto insert_sql =
    "INSERT INTO gap(at_ms, tier, resolution_ms, reason, upstream, from_ms, to_ms, count, first_seq, "
    "last_seq, parts) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr auto total_sql =
    "INSERT INTO total(tier, resolution_ms, reason, count) VALUES(?, ?, ?, ?)"
    " ON CONFLICT(tier, resolution_ms, reason) DO UPDATE SET count = count + excluded.count";
constexpr auto select_sql =
    "SELECT id, at_ms, tier, resolution_ms, reason, upstream, from_ms, to_ms, count, first_seq, last_seq, "
    "parts FROM gap";
constexpr auto schema = R"(
    -- tier: 0 readings, 1 minutes, 2 hours; parts: encode_parts()
    CREATE TABLE gap(id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, tier INTEGER NOT NULL,
                     resolution_ms INTEGER NOT NULL, reason TEXT NOT NULL, upstream TEXT NOT NULL,
                     from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, count INTEGER NOT NULL,
                     first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, parts BLOB NOT NULL);
    CREATE INDEX gap_of_upstream ON gap(upstream, id);
    CREATE TABLE total(tier INTEGER NOT NULL, resolution_ms INTEGER NOT NULL, reason TEXT NOT NULL,
                       count INTEGER NOT NULL, PRIMARY KEY(tier, resolution_ms, reason)) WITHOUT ROWID;
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

// One stretch of what an upstream does not get, with what a gap of history says of it.
struct Stretch {
    std::uint64_t first, last;
    const Gap* source;    // nullptr: nothing is known
    const GapPart* part;  // of it
};

std::vector<Stretch> stretches(const std::vector<Gap>& history, std::uint64_t first, std::uint64_t last)
{
    std::vector<Stretch> known;
    for (const auto& gap : history)
        for (const auto& part : gap.parts)
            if (const auto end = part.first_seq + count_of(part); part.first_seq <= last && end > first)
                known.push_back({std::max(part.first_seq, first), std::min(end - 1, last), &gap, &part});
    std::sort(known.begin(), known.end(), [](auto& a, auto& b) { return a.first < b.first; });
    std::vector<Stretch> all;
    for (auto& one : known) {
        one.first = std::max(one.first, first);
        if (one.first > one.last) continue;  // told of by the one before
        if (one.first > first) all.push_back({first, one.first - 1, nullptr, nullptr});
        first = one.last + 1;
        all.push_back(one);
    }
    if (first <= last) all.push_back({first, last, nullptr, nullptr});
    return all;
}

// A stretch as gaps of so few series each that a delivery can carry them.
std::vector<Gap> gaps_of(const Stretch& stretch, const std::string& upstream)
{
    Gap gap;
    gap.at_ms = wall_ms();
    gap.upstream = upstream;
    gap.first_seq = stretch.first;
    if (stretch.source == nullptr) {
        gap.reason = "damage";
        gap.last_seq = stretch.last;
        gap.count = stretch.last - stretch.first + 1;
        return {std::move(gap)};
    }
    gap.reason = stretch.source->reason;
    gap.resolution_ms = stretch.source->resolution_ms;
    gap.from_ms = stretch.part->from_ms;
    gap.to_ms = stretch.part->to_ms;
    std::vector<Gap> gaps;
    auto seq = stretch.part->first_seq;
    GapPart part{stretch.first, gap.from_ms, gap.to_ms, {}};
    const auto finish = [&](std::uint64_t next) {
        if (part.series.empty()) return;
        gap.first_seq = part.first_seq;
        gap.last_seq = next - 1;
        gap.count = next - part.first_seq;
        gaps.push_back(gap);
        gaps.back().parts.push_back(std::exchange(part, {next, gap.from_ms, gap.to_ms, {}}));
    };
    for (const auto& [id, count] : stretch.part->series) {
        const auto from = std::max(seq, stretch.first), to = std::min(seq + count - 1, stretch.last);
        seq += count;
        if (count == 0 || from > to) continue;
        part.series.emplace_back(id, to - from + 1);
        if (part.series.size() == most_series) finish(to + 1);
    }
    finish(stretch.last + 1);
    return gaps;
}

}  // namespace

std::uint64_t count_of(const Gap& gap, SeriesId series)
{
    std::uint64_t count = 0;
    for (const auto& part : gap.parts) {
        const auto found = std::lower_bound(part.series.begin(), part.series.end(), std::pair(series, 0UL));
        if (found != part.series.end() && found->first == series) count += found->second;
    }
    return count;
}

Gap lost_between(const Gap& before, const Gap& after)
{
    std::map<SeriesId, std::uint64_t> left;
    for (const auto& part : after.parts)
        for (const auto& [id, count] : part.series) left[id] += count;
    Gap lost;
    lost.at_ms = before.at_ms;
    lost.of = before.of;
    for (const auto& part : before.parts) {
        auto seq = part.first_seq;
        bool joined = false;  // to the row before
        for (const auto& [id, count] : part.series) {
            const auto kept = std::min(left[id], count);
            left[id] -= kept;
            if (kept < count) {
                if (!joined) lost.parts.push_back({seq, part.from_ms, part.to_ms, {}});
                lost.parts.back().series.emplace_back(id, count - kept);
                lost.count += count - kept;
                lost.from_ms = lost.from_ms == 0 ? part.from_ms : std::min(lost.from_ms, part.from_ms);
                lost.to_ms = std::max(lost.to_ms, part.to_ms);
                if (seq > 0) {
                    lost.first_seq = lost.first_seq == 0 ? seq : std::min(lost.first_seq, seq);
                    lost.last_seq = std::max(lost.last_seq, seq + count - kept - 1);
                }
            }
            joined = kept == 0;
            if (seq > 0) seq += count;
        }
    }
    return lost;
}

GapBook::GapBook(std::filesystem::path directory) : directory_(std::move(directory))
{
    std::error_code none;
    if (!std::filesystem::exists(directory_ / "gaps.db", none)) return;
    if (auto done = open(); !done) log::warning("gaps.db cannot be read: {}", done.error().what);
}

Result<> GapBook::open()
{
    if (file_ && !file_->database.frozen()) return {};
    const bool first = !file_;
    file_.reset();
    auto database = Database::open(directory_ / "gaps.db", Access::read_write);
    if (!database) return database.error();
    auto version = database->integer("PRAGMA user_version");
    if (version && *version == 1)
        if (auto done = database->execute("DROP TABLE gap; PRAGMA user_version=0"); !done)
            return done.error();
    if (auto done = database->migrate(schema_version, schema, Journal::rollback); !done) return done.error();
    if (first)
        if (auto done = load(*database); !done) return done.error();
    auto insert = database->prepare(insert_sql);
    if (!insert) return insert.error();
    auto trim = database->prepare(trim_sql);
    if (!trim) return trim.error();
    auto total = database->prepare(total_sql);
    if (!total) return total.error();
    file_.emplace(File{std::move(*database), std::move(*insert), std::move(*trim), std::move(*total)});
    return {};
}

// What is asked for often, once.
Result<> GapBook::load(Database& database)
{
    auto told = database.prepare(
        "SELECT upstream, max(id), max(last_seq) FROM gap WHERE upstream <> '' GROUP BY upstream");
    if (!told) return told.error();
    auto totals = database.prepare("SELECT tier, resolution_ms, reason, count FROM total");
    if (!totals) return totals.error();
    const std::scoped_lock lock(known_mutex_);
    for (;;) {
        auto row = told->step();
        if (!row) return row.error();
        if (!*row) break;
        told_[std::string(told->blob(0))] = {static_cast<std::uint64_t>(told->integer(1)),
                                             static_cast<std::uint64_t>(told->integer(2))};
    }
    totals_.clear();
    for (;;) {
        auto row = totals->step();
        if (!row) return row.error();
        if (!*row) return {};
        totals_.push_back({static_cast<Tier>(std::clamp<std::int64_t>(totals->integer(0), 0, 2)),
                           totals->integer(1), std::string(totals->blob(2)),
                           static_cast<std::uint64_t>(totals->integer(3))});
    }
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

Result<> GapBook::write(Gap& gap)
{
    if (auto done = open(); !done) return done;
    auto transaction = Transaction::begin(file_->database);
    if (!transaction) return transaction.error();
    const auto blob = encode_parts(gap.parts);
    auto& insert = file_->insert;
    int column = 1;
    insert.bind(column++, gap.at_ms);
    insert.bind(column++, static_cast<std::int64_t>(gap.of));
    insert.bind(column++, gap.resolution_ms);
    insert.bind_text(column++, gap.reason);
    insert.bind_text(column++, gap.upstream);
    for (const auto value :
         {gap.from_ms, gap.to_ms, static_cast<std::int64_t>(gap.count),
          static_cast<std::int64_t>(gap.first_seq), static_cast<std::int64_t>(gap.last_seq)})
        insert.bind(column++, value);
    insert.bind_blob(column, blob);
    if (auto done = insert.run(); !done) return done;
    if (auto done = file_->trim.run(); !done) return done;
    const bool of_history = gap.upstream.empty();
    if (of_history) {
        auto& total = file_->total;
        total.bind(1, static_cast<std::int64_t>(gap.of));
        total.bind(2, gap.resolution_ms);
        total.bind_text(3, gap.reason);
        total.bind(4, static_cast<std::int64_t>(gap.count));
        if (auto done = total.run(); !done) return done;
    }
    auto id = file_->database.integer("SELECT last_insert_rowid()");
    if (!id) return id.error();
    if (auto done = transaction->commit(); !done) return done;

    const std::scoped_lock lock(known_mutex_);
    gap.id = static_cast<std::uint64_t>(*id);
    if (!of_history) {
        told_[gap.upstream] = {gap.id, std::max(told_[gap.upstream].last_seq, gap.last_seq)};
        return {};
    }
    const auto same = [&](const GapTotal& total) {
        return total.of == gap.of && total.resolution_ms == gap.resolution_ms && total.reason == gap.reason;
    };
    const auto known = std::find_if(totals_.begin(), totals_.end(), same);
    if (known == totals_.end())
        totals_.push_back({gap.of, gap.resolution_ms, gap.reason, gap.count});
    else
        known->count += gap.count;
    return {};
}

// Gaps of history that may tell what the readings first to last were.
std::vector<Gap> GapBook::history_between(std::uint64_t first, std::uint64_t last)
{
    std::vector<Gap> gaps;
    for (const auto& gap : waiting_)
        if (gap.upstream.empty() && gap.first_seq <= last && gap.last_seq >= first) gaps.push_back(gap);
    if (auto done = open(); !done) return gaps;
    auto rows = file_->database.prepare(std::string(select_sql) +
                                        " WHERE upstream = '' AND tier = 0 AND first_seq > 0"
                                        " AND first_seq <= ? AND last_seq >= ?");
    if (!rows) return gaps;
    rows->bind(1, static_cast<std::int64_t>(last));
    rows->bind(2, static_cast<std::int64_t>(first));
    for (auto row = rows->step(); row && *row; row = rows->step()) gaps.push_back(gap_of(*rows));
    return gaps;
}

Discards GapBook::give_up(const std::string& upstream, std::uint64_t first, std::uint64_t last)
{
    const std::scoped_lock lock(mutex_);
    const auto history = history_between(first, last);
    const auto told = told_through(upstream);
    Discards counts{};
    for (const auto& stretch : stretches(history, first, last)) {
        const auto reason = stretch.source == nullptr ? Discard::damaged : discard_for(*stretch.source);
        counts.at(static_cast<std::size_t>(reason)) += stretch.last - stretch.first + 1;
        for (auto& gap : gaps_of(stretch, upstream))
            if (gap.first_seq > told) add_locked(std::move(gap));
    }
    return counts;
}

void GapBook::refused(const std::string& upstream, const Record& record)
{
    const auto& reading = record.reading;
    Gap gap;
    gap.at_ms = wall_ms();
    gap.reason = "refused";
    gap.upstream = upstream;
    gap.from_ms = gap.to_ms = reading.time_ms;
    gap.count = 1;
    gap.first_seq = gap.last_seq = record.seq;
    gap.parts.push_back({record.seq, reading.time_ms, reading.time_ms, {{reading.series, 1}}});
    const std::scoped_lock lock(mutex_);
    if (told_through(upstream) < record.seq) add_locked(std::move(gap));
}

std::uint64_t GapBook::told_through(const std::string& upstream) const
{
    const std::scoped_lock lock(known_mutex_);
    const auto found = told_.find(upstream);
    return found == told_.end() ? 0 : found->second.last_seq;
}

Result<std::vector<Gap>> GapBook::newest(const GapQuery& query)
{
    const std::scoped_lock lock(mutex_);
    std::vector<Gap> gaps;
    if (query.before == 0)
        std::copy_if(waiting_.rbegin(), waiting_.rend(), std::back_inserter(gaps),
                     [&](const Gap& gap) { return is_wanted(gap, query); });
    if (gaps.size() > query.limit) gaps.resize(query.limit);
    std::error_code none;
    if (!file_ && !std::filesystem::exists(directory_ / "gaps.db", none)) return gaps;
    if (auto done = open(); !done) return gaps.empty() ? Result<std::vector<Gap>>(done.error()) : gaps;
    auto rows = file_->database.prepare(std::string(select_sql) +
                                        " WHERE id < ? AND to_ms >= ? AND from_ms <= ? ORDER BY id DESC");
    if (!rows) return rows.error();
    constexpr auto all = std::numeric_limits<std::int64_t>::max();
    rows->bind(1, query.before == 0 ? all : static_cast<std::int64_t>(query.before));
    rows->bind(2, query.from_ms);
    rows->bind(3, query.to_ms);
    while (gaps.size() < query.limit) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) break;
        auto gap = gap_of(*rows);
        if (is_wanted(gap, query)) gaps.push_back(std::move(gap));
    }
    return gaps;
}

Result<std::vector<Gap>> GapBook::owed(const std::string& upstream, std::uint64_t after, std::size_t limit)
{
    std::vector<Gap> gaps;
    if (last_owed(upstream) <= after) return gaps;
    const std::scoped_lock lock(mutex_);
    if (auto done = open(); !done) return done.error();
    auto rows = file_->database.prepare(std::string(select_sql) +
                                        " WHERE upstream = ? AND id > ? ORDER BY id LIMIT ?");
    if (!rows) return rows.error();
    rows->bind_text(1, upstream);
    rows->bind(2, static_cast<std::int64_t>(after));
    rows->bind(3, static_cast<std::int64_t>(limit));
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return gaps;
        gaps.push_back(gap_of(*rows));
    }
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

#include "store/dead_letters.hpp"

#include "base/log.hpp"
#include "store/value_columns.hpp"

#include <utility>

namespace tidegate::store {

namespace {

constexpr int version = 1;
// kind, number, text: store/value_columns.hpp
constexpr auto schema = R"(
    CREATE TABLE dead(id INTEGER PRIMARY KEY AUTOINCREMENT, upstream TEXT NOT NULL, epoch INTEGER NOT NULL,
                      seq INTEGER NOT NULL, series INTEGER NOT NULL, time_ms INTEGER NOT NULL,
                      flags INTEGER NOT NULL, kind INTEGER NOT NULL, number INTEGER NOT NULL,
                      text BLOB NOT NULL, why TEXT NOT NULL, at_ms INTEGER NOT NULL, again INTEGER NOT NULL,
                      UNIQUE(upstream, epoch, seq));
)";
constexpr auto insert_sql =
    "INSERT OR REPLACE INTO dead(upstream, epoch, seq, series, time_ms, flags, kind, number, text, why, "
    "at_ms, "
    "again) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr auto trim_sql =
    "DELETE FROM dead WHERE upstream = ? AND id <= (SELECT id FROM dead WHERE upstream = ? ORDER BY id DESC "
    "LIMIT 1 OFFSET ?)";
constexpr std::string_view columns =
    "SELECT id, epoch, seq, series, time_ms, flags, kind, number, text, why, at_ms, again FROM dead ";

Result<> take(Statement& rows, const std::string& upstream, std::vector<DeadLetter>& letters)
{
    letters.clear();
    for (;;) {
        auto row = rows.step();
        if (!row) return row.error();
        if (!*row) return {};
        auto value = value_at(rows, 6);
        if (!value) continue;  // in a file that is damaged
        DeadLetter letter;
        letter.id = static_cast<std::uint64_t>(rows.integer(0));
        letter.upstream = upstream;
        letter.epoch = static_cast<std::uint64_t>(rows.integer(1));
        letter.record.seq = static_cast<std::uint64_t>(rows.integer(2));
        letter.record.reading = {static_cast<SeriesId>(rows.integer(3)), rows.integer(4), std::move(*value),
                                 static_cast<std::uint8_t>(rows.integer(5))};
        letter.why = rows.blob(9);
        letter.at_ms = rows.integer(10);
        letter.again = rows.integer(11) != 0;
        letters.push_back(std::move(letter));
    }
}

Result<> insert(Statement& rows, const DeadLetter& letter)
{
    const auto& reading = letter.record.reading;
    rows.bind_text(1, letter.upstream);
    rows.bind(2, static_cast<std::int64_t>(letter.epoch));
    rows.bind(3, static_cast<std::int64_t>(letter.record.seq));
    rows.bind(4, reading.series);
    rows.bind(5, reading.time_ms);
    rows.bind(6, reading.flags);
    bind_value(rows, 7, reading.value);
    rows.bind_text(10, letter.why);
    rows.bind(11, letter.at_ms);
    rows.bind(12, letter.again ? 1 : 0);
    return rows.run();
}

}  // namespace

DeadLetters::DeadLetters(const std::filesystem::path& directory)
    : file_(directory / "dead.db",
            {version, schema, {"dead"}, [this](Database& database) { return load(database); }})
{
    if (!file_.exists()) return;
    if (auto done = file_.use([](Database&) { return Result<>(); }); !done)
        log::warning("dead.db cannot be read: {}", done.error().what);
}

Result<> DeadLetters::load(Database& database)
{
    auto counts = database.prepare("SELECT upstream, count(*), total(again) FROM dead GROUP BY upstream");
    if (!counts) return counts.error();
    std::map<std::string, Count> found;
    for (;;) {
        auto row = counts->step();
        if (!row) return row.error();
        if (!*row) break;
        found[std::string(counts->blob(0))] = {static_cast<std::uint64_t>(counts->integer(1)),
                                               static_cast<std::uint64_t>(counts->integer(2))};
    }
    const std::scoped_lock lock(count_mutex_);
    counts_ = std::move(found);
    return {};
}

Result<> DeadLetters::add(std::span<const DeadLetter> letters)
{
    if (letters.empty()) return {};
    const auto& upstream = letters.front().upstream;
    const std::scoped_lock lock(mutex_);
    return file_.use([&](Database& database) -> Result<> {
        auto transaction = Transaction::begin(database);
        if (!transaction) return transaction.error();
        auto rows = database.prepare(insert_sql);
        if (!rows) return rows.error();
        for (const auto& letter : letters)
            if (auto done = insert(*rows, letter); !done) return done;
        auto trim = database.prepare(trim_sql);
        if (!trim) return trim.error();
        trim->bind_text(1, upstream);
        trim->bind_text(2, upstream);
        trim->bind(3, most);
        if (auto done = trim->run(); !done) return done;
        if (auto done = transaction->commit(); !done) return done;
        return recount(database, upstream);
    });
}

Result<std::vector<DeadLetter>> DeadLetters::list(const std::string& upstream,
                                                  std::uint64_t after,
                                                  std::size_t limit)
{
    std::vector<DeadLetter> letters;
    const std::scoped_lock lock(mutex_);
    if (!file_.exists()) return letters;
    auto done = file_.use([&](Database& database) -> Result<> {
        auto rows =
            database.prepare(std::string(columns) + "WHERE upstream = ? AND id > ? ORDER BY id LIMIT ?");
        if (!rows) return rows.error();
        rows->bind_text(1, upstream);
        rows->bind(2, static_cast<std::int64_t>(after));
        rows->bind(3, static_cast<std::int64_t>(limit));
        return take(*rows, upstream, letters);
    });
    if (!done) return done.error();
    return letters;
}

Result<std::uint64_t> DeadLetters::send_again(const std::string& upstream)
{
    const std::scoped_lock lock(mutex_);
    if (!file_.exists()) return 0;
    auto done = file_.use([&](Database& database) -> Result<> {
        auto mark = database.prepare("UPDATE dead SET again = 1 WHERE upstream = ?");
        if (!mark) return mark.error();
        mark->bind_text(1, upstream);
        if (auto marked = mark->run(); !marked) return marked;
        return recount(database, upstream);
    });
    if (!done) return done.error();
    return counted(upstream).again;
}

Result<std::vector<DeadLetter>> DeadLetters::next_to_send(const std::string& upstream)
{
    std::vector<DeadLetter> letters;
    if (counted(upstream).again == 0) return letters;
    const std::scoped_lock lock(mutex_);
    auto done = file_.use([&](Database& database) -> Result<> {
        auto rows =
            database.prepare(std::string(columns) + "WHERE upstream = ? AND again = 1 ORDER BY id LIMIT 1");
        if (!rows) return rows.error();
        rows->bind_text(1, upstream);
        return take(*rows, upstream, letters);
    });
    if (!done) return done.error();
    return letters;
}

Result<> DeadLetters::remove(const DeadLetter& letter)
{
    const std::scoped_lock lock(mutex_);
    return file_.use([&](Database& database) -> Result<> {
        auto gone = database.prepare("DELETE FROM dead WHERE id = ?");
        if (!gone) return gone.error();
        gone->bind(1, static_cast<std::int64_t>(letter.id));
        if (auto done = gone->run(); !done) return done;
        return recount(database, letter.upstream);
    });
}

Result<> DeadLetters::recount(Database& database, const std::string& upstream)
{
    auto rows = database.prepare("SELECT count(*), total(again) FROM dead WHERE upstream = ?");
    if (!rows) return rows.error();
    rows->bind_text(1, upstream);
    if (auto row = rows->step(); !row) return row.error();
    const std::scoped_lock lock(count_mutex_);
    counts_[upstream] = {static_cast<std::uint64_t>(rows->integer(0)),
                         static_cast<std::uint64_t>(rows->integer(1))};
    return {};
}

DeadLetters::Count DeadLetters::counted(const std::string& upstream) const
{
    const std::scoped_lock lock(count_mutex_);
    const auto known = counts_.find(upstream);
    return known == counts_.end() ? Count{} : known->second;
}

std::uint64_t DeadLetters::count(const std::string& upstream) const
{
    return counted(upstream).all;
}

}  // namespace tidegate::store

#include "store/gaps.hpp"

#include "base/log.hpp"
#include "store/bytes.hpp"

namespace tidegate::store {

namespace {

constexpr std::size_t most_waiting = 1000;

// The oldest go when there are 10,000.
constexpr auto trim_sql = "DELETE FROM gap WHERE id <= (SELECT max(id) FROM gap) - 10000";
constexpr auto insert_sql =
    "INSERT INTO gap(at_ms, what, reason, upstream, from_ms, to_ms, count, series) VALUES(?, ?, ?, ?, ?, ?, "
    "?, ?)";
constexpr auto schema = R"(
    -- series: varint pairs, id minus the id before, and count
    CREATE TABLE gap(id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, what TEXT NOT NULL, reason TEXT NOT NULL,
                     upstream TEXT NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
                     count INTEGER NOT NULL, series BLOB NOT NULL);
)";

}  // namespace

Result<> GapBook::open()
{
    if (file_ && !file_->database.frozen()) return {};
    file_.reset();
    auto database = Database::open(directory_ / "gaps.db", Access::read_write);
    if (!database) return database.error();
    if (auto done = database->migrate(1, schema, Journal::rollback); !done) return done.error();
    auto insert = database->prepare(insert_sql);
    if (!insert) return insert.error();
    auto trim = database->prepare(trim_sql);
    if (!trim) return trim.error();
    file_.emplace(File{std::move(*database), std::move(*insert), std::move(*trim)});
    return {};
}

void GapBook::add(Gap gap)
{
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() == most_waiting) waiting_.erase(waiting_.begin());
    waiting_.push_back(std::move(gap));
    while (!waiting_.empty()) {
        if (auto done = write(waiting_.front()); !done) {
            log::warning("a gap could not be written down, it is kept in memory: {}", done.error().what);
            return;
        }
        waiting_.erase(waiting_.begin());
    }
}

Result<> GapBook::write(const Gap& gap)
{
    if (auto done = open(); !done) return done;
    ByteWriter series;
    SeriesId before = 0;
    for (const auto& [id, count] : gap.series) {
        series.varint(id - before);
        series.varint(count);
        before = id;
    }
    const auto blob = series.take();
    file_->insert.bind(1, gap.at_ms);
    file_->insert.bind_text(2, gap.what);
    file_->insert.bind_text(3, gap.reason);
    file_->insert.bind_text(4, gap.upstream);
    file_->insert.bind(5, gap.from_ms);
    file_->insert.bind(6, gap.to_ms);
    file_->insert.bind(7, static_cast<std::int64_t>(gap.count));
    file_->insert.bind_blob(8, blob);
    if (auto done = file_->insert.run(); !done) return done;
    return file_->trim.run();
}

Result<std::vector<Gap>> GapBook::newest(std::size_t limit)
{
    const std::scoped_lock lock(mutex_);
    std::vector<Gap> gaps(waiting_.rbegin(), waiting_.rend());
    if (gaps.size() > limit) gaps.resize(limit);
    if (auto done = open(); !done) return gaps.empty() ? Result<std::vector<Gap>>(done.error()) : gaps;
    auto rows = file_->database.prepare(
        "SELECT at_ms, what, reason, upstream, from_ms, to_ms, count FROM gap ORDER BY id DESC LIMIT ?");
    if (!rows) return rows.error();
    rows->bind(1, static_cast<std::int64_t>(limit - gaps.size()));
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return gaps;
        const auto text = [&](int column) { return std::string(rows->blob(column)); };
        gaps.push_back({rows->integer(0),
                        text(1),
                        text(2),
                        text(3),
                        rows->integer(4),
                        rows->integer(5),
                        static_cast<std::uint64_t>(rows->integer(6)),
                        {}});
    }
}

}  // namespace tidegate::store

#include "store/alarm_book.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/value_columns.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace tidegate::store {

namespace {

constexpr int version = 1;
// severity as Severity counts; value_kind, number, value_text: store/value_columns.hpp
constexpr auto schema = R"(
    CREATE TABLE alarm(id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, series INTEGER NOT NULL,
                       severity INTEGER NOT NULL, kind TEXT NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL,
                       value_kind INTEGER NOT NULL, number INTEGER NOT NULL, value_text BLOB NOT NULL,
                       since_ms INTEGER NOT NULL, raised_ms INTEGER NOT NULL, cleared_ms INTEGER NOT NULL,
                       cleared_by TEXT NOT NULL, acknowledged_ms INTEGER NOT NULL,
                       acknowledged_by TEXT NOT NULL, note TEXT NOT NULL, flapping INTEGER NOT NULL,
                       unsynchronised INTEGER NOT NULL, UNIQUE(rule, series, since_ms));
    CREATE INDEX alarm_on ON alarm(cleared_ms) WHERE cleared_ms = 0;
)";
constexpr std::string_view columns =
    "SELECT id, rule, series, severity, kind, level, text, value_kind, number, value_text, since_ms, "
    "raised_ms, "
    "cleared_ms, cleared_by, acknowledged_ms, acknowledged_by, note, flapping, unsynchronised FROM alarm ";
constexpr auto put_sql =
    "INSERT INTO alarm(id, rule, series, severity, kind, level, text, value_kind, number, value_text, "
    "since_ms, "
    "raised_ms, cleared_ms, cleared_by, acknowledged_ms, acknowledged_by, note, flapping, unsynchronised) "
    "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT(rule, series, since_ms) DO UPDATE SET "
    "cleared_by = CASE WHEN cleared_ms = 0 OR cleared_by = 'replaced' THEN excluded.cleared_by "
    "ELSE cleared_by END, "
    "cleared_ms = CASE WHEN cleared_ms = 0 OR cleared_by = 'replaced' THEN excluded.cleared_ms "
    "ELSE cleared_ms END, "
    "flapping = max(flapping, excluded.flapping) "
    "RETURNING id, cleared_ms, cleared_by, acknowledged_ms, acknowledged_by, note";
constexpr auto replace_sql =
    "UPDATE alarm SET cleared_ms = ?, cleared_by = 'replaced' "
    "WHERE cleared_ms = 0 AND rule = ? AND series = ? AND since_ms <> ?";
constexpr auto trim_sql =
    "DELETE FROM alarm WHERE cleared_ms <> 0 AND (cleared_ms < ? OR id <= (SELECT id FROM alarm "
    "WHERE cleared_ms <> 0 ORDER BY id DESC LIMIT 1 OFFSET ?))";

std::optional<Alarm> alarm_at(const Statement& row)
{
    Alarm one;
    auto value = value_at(row, 7);
    const auto severity = row.integer(3);
    if (!value || severity < 0 || severity >= static_cast<std::int64_t>(severities)) return std::nullopt;
    one.id = static_cast<std::uint64_t>(row.integer(0));
    one.rule = row.blob(1);
    one.series = static_cast<SeriesId>(row.integer(2));
    one.severity = static_cast<Severity>(severity);
    one.kind = row.blob(4);
    one.limit = row.blob(5);
    one.text = row.blob(6);
    one.value = std::move(*value);
    one.since_ms = row.integer(10);
    one.raised_ms = row.integer(11);
    one.cleared_ms = row.integer(12);
    one.cleared_by = row.blob(13);
    one.acknowledged_ms = row.integer(14);
    one.acknowledged_by = row.blob(15);
    one.note = row.blob(16);
    one.flapping = row.integer(17) != 0;
    one.unsynchronised = row.integer(18) != 0;
    return one;
}

Result<std::vector<Alarm>> take(Statement& rows)
{
    std::vector<Alarm> found;
    for (;;) {
        auto row = rows.step();
        if (!row) return row.error();
        if (!*row) return found;
        if (auto alarm = alarm_at(rows)) found.push_back(std::move(*alarm));
    }
}

void bind(Statement& row, const Alarm& alarm)
{
    row.bind(1, static_cast<std::int64_t>(alarm.id));
    row.bind_text(2, alarm.rule);
    row.bind(3, alarm.series);
    row.bind(4, static_cast<std::int64_t>(alarm.severity));
    row.bind_text(5, alarm.kind);
    row.bind_text(6, alarm.limit);
    row.bind_text(7, alarm.text);
    bind_value(row, 8, alarm.value);
    row.bind(11, alarm.since_ms);
    row.bind(12, alarm.raised_ms);
    row.bind(13, alarm.cleared_ms);
    row.bind_text(14, alarm.cleared_by);
    row.bind(15, alarm.acknowledged_ms);
    row.bind_text(16, alarm.acknowledged_by);
    row.bind_text(17, alarm.note);
    row.bind(18, alarm.flapping ? 1 : 0);
    row.bind(19, alarm.unsynchronised ? 1 : 0);
}

}  // namespace

std::string_view to_string(Severity severity)
{
    constexpr std::array<std::string_view, severities> names{"info", "warning", "critical"};
    return names[static_cast<std::size_t>(severity)];
}

std::string_view to_string(AlarmState state)
{
    constexpr std::array<std::string_view, 3> names{"open", "acknowledged", "cleared"};
    return names[static_cast<std::size_t>(state)];
}

AlarmState state_of(const Alarm& alarm)
{
    if (alarm.cleared_ms != 0) return AlarmState::cleared;
    return alarm.acknowledged_ms != 0 ? AlarmState::acknowledged : AlarmState::open;
}

AlarmBook::AlarmBook(const std::filesystem::path& directory, Bounds bounds)
    : bounds_(bounds),
      file_(directory / "alarms.db",
            {version, schema, {"alarm"}, [this](Database& database) { return load(database); }})
{
    if (!file_.exists()) return;
    if (auto done = file_.use([](Database&) { return Result<>(); }); !done)
        log::warning("alarms.db cannot be read: {}", done.error().what);
}

// What memory has and the file does not is left to be written, and stays.
Result<> AlarmBook::load(Database& database)
{
    auto last = database.integer(
        "SELECT max(coalesce((SELECT max(id) FROM alarm), 0), "
        "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'alarm'), 0))");
    if (!last) return last.error();
    auto rows = database.prepare(std::string(columns) + "WHERE cleared_ms = 0 ORDER BY id DESC");
    if (!rows) return rows.error();
    auto found = take(*rows);
    if (!found) return found.error();
    const std::scoped_lock lock(on_mutex_);
    const auto given = static_cast<std::uint64_t>(*last);
    if (!std::exchange(loaded_, true)) {  // what has an id already got it without the file
        for (auto& alarm : left_) alarm.id += given;
        for (auto& [key, alarm] : on_) alarm.id += given;
        next_id_ += given;
    }
    next_id_ = std::max(next_id_, given + 1);
    for (auto& alarm : *found) {
        Key key(alarm.rule, alarm.series);
        on_.try_emplace(std::move(key), std::move(alarm));
    }
    return {};
}

void AlarmBook::put(std::vector<Alarm> alarms, std::int64_t now_ms)
{
    const std::scoped_lock lock(mutex_);
    age_from_ms_ = now_ms;
    for (auto& alarm : alarms) {
        if (alarm.id == 0) {
            const std::scoped_lock copying(on_mutex_);
            const auto known = on_.find({alarm.rule, alarm.series});
            if (known != on_.end() && known->second.since_ms == alarm.since_ms) alarm.id = known->second.id;
        }
        if (alarm.id == 0) alarm.id = next_id_++;
        remember(alarm);
        left_.push_back(std::move(alarm));
    }
    if (left_.size() > bounds_.unwritten)
        left_.erase(left_.begin(), left_.end() - static_cast<std::ptrdiff_t>(bounds_.unwritten));
    has_left_ = !left_.empty();
    if (!rests()) (void)write_left();
}

void AlarmBook::write_what_is_left()
{
    if (!has_left_) return;
    const std::scoped_lock lock(mutex_);
    if (!rests()) (void)write_left();
}

bool AlarmBook::rests() const
{
    return failed_ms_ != 0 && boot_ms() - failed_ms_ < bounds_.retry_ms;
}

Result<> AlarmBook::write_left()
{
    if (left_.empty()) return {};
    std::vector<Alarm> written;
    auto done = file_.use([&](Database& database) {
        written = left_;
        return write(database, written);
    });
    if (done) {
        left_.clear();
        has_left_ = false;
        for (const auto& alarm : written) adopt(alarm);
        if (std::exchange(failed_ms_, 0) != 0) log::info("alarms.db is written again");
    } else if (std::exchange(failed_ms_, boot_ms()) == 0) {
        log::warning("alarms.db cannot be written, trying again: {}", done.error().what);
    }
    return done;
}

Result<> AlarmBook::write(Database& database, std::vector<Alarm>& alarms)
{
    auto transaction = Transaction::begin(database);
    if (!transaction) return transaction.error();
    auto row = database.prepare(put_sql);
    if (!row) return row.error();
    for (auto& alarm : alarms) {
        bind(*row, alarm);
        auto there = row->step();
        if (!there) return there.error();
        alarm.id = static_cast<std::uint64_t>(row->integer(0));
        alarm.cleared_ms = row->integer(1);
        alarm.cleared_by = row->blob(2);
        alarm.acknowledged_ms = row->integer(3);
        alarm.acknowledged_by = row->blob(4);
        alarm.note = row->blob(5);
        row->reset();
        if (alarm.cleared_ms != 0) continue;
        if (auto done = replace_others(database, alarm); !done) return done;
    }
    if (until_trim_ == 0)
        if (auto done = trim(database); !done) return done;
    auto done = transaction->commit();
    if (done) until_trim_ = (until_trim_ == 0 ? bounds_.trim_every : until_trim_) - 1;
    return done;
}

// Since when an alarm is on may be otherwise when its readings come again after a kill, where the clock was
// set in between: what the first run entered would stay on for ever.
Result<> AlarmBook::replace_others(Database& database, const Alarm& alarm)
{
    auto row = database.prepare(replace_sql);
    if (!row) return row.error();
    row->bind(1, alarm.raised_ms);
    row->bind_text(2, alarm.rule);
    row->bind(3, alarm.series);
    row->bind(4, alarm.since_ms);
    return row->run();
}

Result<> AlarmBook::trim(Database& database)
{
    auto rows = database.prepare(trim_sql);
    if (!rows) return rows.error();
    rows->bind(1, age_from_ms_ == 0 ? 0 : age_from_ms_ - bounds_.age_ms);
    rows->bind(2, static_cast<std::int64_t>(bounds_.cleared));
    return rows->run();
}

void AlarmBook::remember(const Alarm& alarm)
{
    const std::scoped_lock lock(on_mutex_);
    const auto known = on_.find({alarm.rule, alarm.series});
    const bool same = known != on_.end() && known->second.since_ms == alarm.since_ms;
    if (alarm.cleared_ms != 0) {
        if (!same) return;
        on_.erase(known);
    } else if (same) {
        auto kept = alarm;
        if (kept.acknowledged_ms == 0) {
            kept.acknowledged_ms = known->second.acknowledged_ms;
            kept.acknowledged_by = known->second.acknowledged_by;
            kept.note = known->second.note;
        }
        known->second = std::move(kept);
    } else {
        on_.insert_or_assign(Key{alarm.rule, alarm.series}, alarm);
        ++raised_;
    }
    ++revision_;
}

// What the file says of it: an earlier run may have entered it, and even cleared it.
void AlarmBook::adopt(const Alarm& alarm)
{
    const std::scoped_lock lock(on_mutex_);
    const auto known = on_.find({alarm.rule, alarm.series});
    if (known == on_.end() || known->second.since_ms != alarm.since_ms) return;
    if (alarm.cleared_ms != 0) {
        on_.erase(known);
        ++revision_;
        return;
    }
    if (known->second.id != alarm.id || known->second.acknowledged_ms != alarm.acknowledged_ms) ++revision_;
    known->second.id = alarm.id;
    known->second.acknowledged_ms = alarm.acknowledged_ms;
    known->second.acknowledged_by = alarm.acknowledged_by;
    known->second.note = alarm.note;
}

Result<Alarm> AlarmBook::acknowledge(std::uint64_t id,
                                     const std::string& by,
                                     const std::string& note,
                                     std::int64_t now_ms)
{
    const std::scoped_lock lock(mutex_);
    if (auto done = write_left(); !done) return done.error();
    const Error missing{ErrorKind::not_found, "There is no alarm of this id; see /api/v1/alarms."};
    if (!file_.exists()) return missing;
    std::vector<Alarm> found;
    auto done = file_.use([&](Database& database) -> Result<> {
        auto row = database.prepare(
            "UPDATE alarm SET acknowledged_ms = ?, acknowledged_by = ?, note = ? "
            "WHERE id = ? AND acknowledged_ms = 0");
        if (!row) return row.error();
        row->bind(1, now_ms);
        row->bind_text(2, by);
        row->bind_text(3, note);
        row->bind(4, static_cast<std::int64_t>(id));
        if (auto changed = row->run(); !changed) return changed;
        auto rows = database.prepare(std::string(columns) + "WHERE id = ?");
        if (!rows) return rows.error();
        rows->bind(1, static_cast<std::int64_t>(id));
        auto taken = take(*rows);
        if (!taken) return taken.error();
        found = std::move(*taken);
        return {};
    });
    if (!done) return done.error();
    if (found.empty()) return missing;
    adopt(found.front());
    return found.front();
}

std::vector<Alarm> AlarmBook::on() const
{
    std::vector<Alarm> all;
    {
        const std::scoped_lock lock(on_mutex_);
        for (const auto& [key, alarm] : on_) all.push_back(alarm);
    }
    std::ranges::sort(all, std::greater(), &Alarm::id);
    return all;
}

Result<std::vector<Alarm>> AlarmBook::cleared(std::uint64_t before, std::size_t limit)
{
    std::vector<Alarm> found;
    const std::scoped_lock lock(mutex_);
    if (!file_.exists()) return found;
    auto done = file_.use([&](Database& database) -> Result<> {
        auto rows = database.prepare(
            std::string(columns) + "WHERE cleared_ms <> 0 AND (?1 = 0 OR id < ?1) ORDER BY id DESC LIMIT ?2");
        if (!rows) return rows.error();
        rows->bind(1, static_cast<std::int64_t>(before));
        rows->bind(2, static_cast<std::int64_t>(limit));
        auto taken = take(*rows);
        if (!taken) return taken.error();
        found = std::move(*taken);
        return {};
    });
    if (!done) return done.error();
    return found;
}

AlarmCounts AlarmBook::counts() const
{
    AlarmCounts counts;
    const std::scoped_lock lock(on_mutex_);
    for (const auto& [key, alarm] : on_) {
        if (alarm.acknowledged_ms != 0) {
            ++counts.acknowledged;
            continue;
        }
        ++counts.open;
        ++counts.by_severity[static_cast<std::size_t>(alarm.severity)];
    }
    counts.raised = raised_;
    counts.revision = revision_;
    return counts;
}

}  // namespace tidegate::store

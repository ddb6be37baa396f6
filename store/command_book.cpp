#include "store/command_book.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

#include <optional>
#include <utility>

namespace tidegate::store {

namespace {

constexpr int version = 1;
// state: as CommandState counts
constexpr auto schema = R"(
    CREATE TABLE command(number INTEGER PRIMARY KEY AUTOINCREMENT, upstream TEXT NOT NULL, id TEXT NOT NULL,
                         broker TEXT NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL,
                         payload_bytes INTEGER NOT NULL, qos INTEGER NOT NULL, arrived_ms INTEGER NOT NULL,
                         issued_ms INTEGER NOT NULL, expires_in_ms INTEGER NOT NULL, boot INTEGER NOT NULL,
                         arrived_boot_ms INTEGER NOT NULL, state INTEGER NOT NULL, why TEXT NOT NULL,
                         ended_ms INTEGER NOT NULL, told INTEGER NOT NULL, UNIQUE(upstream, id));
    CREATE INDEX command_open ON command(state) WHERE state <= 1;
    CREATE INDEX command_untold ON command(upstream) WHERE told = 0 AND upstream <> '' AND state >= 2;
)";
constexpr std::string_view columns =
    "SELECT number, upstream, id, broker, topic, payload, payload_bytes, qos, arrived_ms, issued_ms, "
    "expires_in_ms, boot, arrived_boot_ms, state, why, ended_ms, told FROM command ";
constexpr auto insert_sql =
    "INSERT INTO command(upstream, id, broker, topic, payload, payload_bytes, qos, arrived_ms, issued_ms, "
    "expires_in_ms, boot, arrived_boot_ms, state, why, ended_ms, told) "
    "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)";
// A repeat of what never went out (expired, refused) is judged anew, and does no harm.
constexpr auto trim_sql =
    "DELETE FROM command WHERE (state >= 4 OR "
    "(state >= 2 AND max(arrived_ms, issued_ms) + expires_in_ms < ?2)) AND number <= "
    "(SELECT number FROM command ORDER BY number DESC LIMIT 1 OFFSET ?1)";
constexpr auto span_sql = "SELECT (SELECT max(number) FROM command) - (SELECT min(number) FROM command)";
constexpr auto interrupted = "the gateway ended while it was being sent; it may have arrived";

bool has_ended(CommandState state)
{
    return state != CommandState::waiting && state != CommandState::sending;
}

Command command_at(const Statement& row)
{
    Command one;
    one.number = static_cast<std::uint64_t>(row.integer(0));
    one.upstream = row.blob(1);
    one.id = row.blob(2);
    one.broker = row.blob(3);
    one.topic = row.blob(4);
    one.payload = row.blob(5);
    one.payload_bytes = static_cast<std::uint64_t>(row.integer(6));
    one.qos = static_cast<int>(row.integer(7));
    one.arrived_ms = row.integer(8);
    one.issued_ms = row.integer(9);
    one.expires_in_ms = row.integer(10);
    one.boot = static_cast<std::uint64_t>(row.integer(11));
    one.arrived_boot_ms = row.integer(12);
    const auto state = row.integer(13);  // of a damaged file perhaps none of ours
    one.state = state >= 0 && state < static_cast<std::int64_t>(command_states)
                    ? static_cast<CommandState>(state)
                    : CommandState::refused;
    one.why = row.blob(14);
    one.ended_ms = row.integer(15);
    one.told = row.integer(16) != 0;
    return one;
}

Result<std::vector<Command>> take(Statement& rows)
{
    std::vector<Command> found;
    for (;;) {
        auto row = rows.step();
        if (!row) return row.error();
        if (!*row) return found;
        found.push_back(command_at(rows));
    }
}

// Of the sender's with this id, in its transaction.
Result<std::vector<Command>> known(Database& database, const Command& command)
{
    auto rows = database.prepare(std::string(columns) + "WHERE upstream = ? AND id = ?");
    if (!rows) return rows.error();
    rows->bind_text(1, command.upstream);
    rows->bind_text(2, command.id);
    return take(*rows);
}

Result<> tell_again(Database& database, std::uint64_t number)
{
    auto row = database.prepare("UPDATE command SET told = 0 WHERE number = ? AND state >= 2");
    if (!row) return row.error();
    row->bind(1, static_cast<std::int64_t>(number));
    return row->run();
}

Result<> insert(Database& database, const Command& command)
{
    auto row = database.prepare(insert_sql);
    if (!row) return row.error();
    row->bind_text(1, command.upstream);
    row->bind_text(2, command.id);
    row->bind_text(3, command.broker);
    row->bind_text(4, command.topic);
    row->bind_blob(5, command.payload.empty() ? std::string_view("") : std::string_view(command.payload));
    row->bind(6, static_cast<std::int64_t>(command.payload_bytes));
    row->bind(7, command.qos);
    row->bind(8, command.arrived_ms);
    row->bind(9, command.issued_ms);
    row->bind(10, command.expires_in_ms);
    row->bind(11, static_cast<std::int64_t>(command.boot));
    row->bind(12, command.arrived_boot_ms);
    row->bind(13, static_cast<std::int64_t>(command.state));
    row->bind_text(14, command.why);
    row->bind(15, command.ended_ms);
    if (auto done = row->run(); !done) return done;
    return {};
}

// What has ended and can be told by its age, should it come again. Errors: full.
Result<> trim(Database& database, std::int64_t now_ms, const CommandBook::Bounds& bounds)
{
    auto rows = database.prepare(trim_sql);
    if (!rows) return rows.error();
    rows->bind(1, bounds.most);
    rows->bind(2, now_ms - CommandBook::clock_error_ms);
    if (auto done = rows->run(); !done) return done;
    auto kept = database.integer(span_sql);
    if (kept && *kept >= bounds.most_in_time) kept = database.integer("SELECT count(*) FROM command");
    if (!kept) return kept.error();
    if (*kept < bounds.most_in_time) return {};
    return Error{ErrorKind::full,
                 "too many commands whose time has not passed; send fewer, or such as expire sooner"};
}

}  // namespace

std::string_view to_string(CommandState state)
{
    constexpr std::array<std::string_view, command_states> names{"waiting",     "sending", "sent",
                                                                 "unconfirmed", "expired", "refused"};
    return names[static_cast<std::size_t>(state)];
}

CommandBook::CommandBook(const std::filesystem::path& directory, const Bounds& bounds)
    : bounds_(bounds),
      file_(directory / "commands.db",
            {version, schema, {"command"}, [this](Database& database) { return load(database); }})
{
    if (!file_.exists()) return;
    if (auto done = file_.use([](Database&) { return Result<>(); }); !done)
        log::warning("commands.db cannot be read: {}", done.error().what);
}

Result<> CommandBook::load(Database& database)
{
    if (!recovered_) {
        auto ended = database.prepare(
            "UPDATE command SET state = 3, why = ?, ended_ms = ?, payload = substr(payload, 1, ?) "
            "WHERE state = 1");
        if (!ended) return ended.error();
        ended->bind_text(1, interrupted);
        ended->bind(2, wall_ms());
        ended->bind(3, static_cast<std::int64_t>(payload_kept));
        if (auto done = ended->run(); !done) return done;
        recovered_ = true;
    }
    const auto open = database.integer("SELECT count(*) FROM command WHERE state <= 1");
    if (!open) return open.error();
    const std::scoped_lock lock(count_mutex_);
    counts_.waiting = static_cast<std::uint64_t>(*open);
    return {};
}

Result<CommandAdded> CommandBook::add(Command command)
{
    CommandAdded added;
    command.payload_bytes = command.payload.size();
    const bool ended = has_ended(command.state);
    if (ended) command.payload.resize(std::min(command.payload.size(), payload_kept));
    const std::scoped_lock lock(mutex_);
    auto done = file_.use([&](Database& database) -> Result<> {
        auto transaction = Transaction::begin(database);
        if (!transaction) return transaction.error();
        auto before = known(database, command);
        if (!before) return before.error();
        added.repeated = !before->empty();
        if (added.repeated) {
            if (auto again = tell_again(database, before->front().number); !again) return again;
        } else {
            if (!ended && counts().waiting >= most_waiting)
                return Error{ErrorKind::full, "too many commands wait for their brokers; try again later"};
            if (auto written = insert(database, command); !written) return written;
            if (auto room = trim(database, command.arrived_ms, bounds_); !room) return room;
            before = known(database, command);
            if (!before || before->empty())
                return before ? Error{ErrorKind::internal, "a command is not where it was put"}
                              : before.error();
        }
        added.command = std::move(before->front());
        return transaction->commit();
    });
    if (!done) return done.error();
    if (added.repeated) return added;
    if (ended)
        count_end(command.state, false);
    else {
        const std::scoped_lock count(count_mutex_);
        ++counts_.waiting;
    }
    return added;
}

Result<> CommandBook::change(const std::string& sql, std::uint64_t number)
{
    const std::scoped_lock lock(mutex_);
    return file_.use([&](Database& database) -> Result<> {
        auto row = database.prepare(sql);
        if (!row) return row.error();
        row->bind(1, static_cast<std::int64_t>(number));
        return row->run();
    });
}

Result<> CommandBook::mark_sending(std::uint64_t number)
{
    return change("UPDATE command SET state = 1 WHERE number = ?", number);
}

Result<> CommandBook::mark_told(std::uint64_t number)
{
    return change("UPDATE command SET told = 1 WHERE number = ?", number);
}

Result<> CommandBook::end(const Command& command,
                          CommandState state,
                          const std::string& why,
                          std::int64_t now_ms)
{
    const std::scoped_lock lock(mutex_);
    auto done = file_.use([&](Database& database) -> Result<> {
        auto row = database.prepare(
            "UPDATE command SET state = ?, why = ?, ended_ms = ?, payload = substr(payload, 1, ?) "
            "WHERE number = ?");
        if (!row) return row.error();
        row->bind(1, static_cast<std::int64_t>(state));
        row->bind_text(2, why);
        row->bind(3, now_ms);
        row->bind(4, static_cast<std::int64_t>(payload_kept));
        row->bind(5, static_cast<std::int64_t>(command.number));
        return row->run();
    });
    if (done) count_end(state, true);
    return done;
}

Result<std::vector<Command>> CommandBook::select(const std::string& where,
                                                 const std::vector<std::string>& texts,
                                                 const std::vector<std::int64_t>& numbers)
{
    std::vector<Command> found;
    const std::scoped_lock lock(mutex_);
    if (!file_.exists()) return found;
    auto done = file_.use([&](Database& database) -> Result<> {
        auto rows = database.prepare(std::string(columns) + where);
        if (!rows) return rows.error();
        int index = 0;
        for (const auto& text : texts) rows->bind_text(++index, text);
        for (const auto number : numbers) rows->bind(++index, number);
        auto taken = take(*rows);
        if (!taken) return taken.error();
        found = std::move(*taken);
        return {};
    });
    if (!done) return done.error();
    return found;
}

Result<std::vector<Command>> CommandBook::waiting(const std::string& broker)
{
    if (counts().waiting == 0) return std::vector<Command>{};
    return select("WHERE broker = ? AND state = 0 ORDER BY number", {broker}, {});
}

Result<std::vector<Command>> CommandBook::waiting()
{
    return select("WHERE state = 0 ORDER BY number", {}, {});
}

Result<std::vector<Command>> CommandBook::untold(const std::string& upstream, std::size_t limit)
{
    return select("WHERE upstream = ? AND upstream <> '' AND told = 0 AND state >= 2 ORDER BY number LIMIT ?",
                  {upstream}, {static_cast<std::int64_t>(limit)});
}

Result<std::vector<Command>> CommandBook::list(std::uint64_t before, const std::string& id, std::size_t limit)
{
    return select("WHERE (?1 = '' OR id = ?1) AND (?2 = 0 OR number < ?2) ORDER BY number DESC LIMIT ?3",
                  {id}, {static_cast<std::int64_t>(before), static_cast<std::int64_t>(limit)});
}

CommandBook::Counts CommandBook::counts() const
{
    const std::scoped_lock lock(count_mutex_);
    return counts_;
}

void CommandBook::count_end(CommandState state, bool waited)
{
    const std::scoped_lock lock(count_mutex_);
    ++counts_.ended[static_cast<std::size_t>(state)];
    if (waited && counts_.waiting > 0) --counts_.waiting;
}

}  // namespace tidegate::store

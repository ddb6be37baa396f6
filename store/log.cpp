#include "store/log.hpp"

#include "base/log.hpp"
#include "store/boot_clock.hpp"
#include "store/bytes.hpp"
#include "store/checksum.hpp"
#include "store/log_schema.hpp"
#include "store/rewrite.hpp"

#include <fmt/format.h>
#include <limits>

namespace tidegate::store {

namespace {

constexpr std::uint8_t state_version =
    5;  // 1: without what was written and the series; 2: discards in one; 3: one lane; 4: nothing derived
constexpr std::uint64_t trim_bytes_a_commit = 512UL * 1024;
constexpr std::uint64_t trim_bytes_least =
    256UL * 1024;  // or an eighth of the log: a little at a time writes much
constexpr std::uint32_t checkpoint_again_frames = 2000;  // after one that failed
constexpr std::uint64_t written_unit = 4096;

void encode_books(const Books& books, ByteWriter& out)
{
    for (const auto value : {books.received, books.stored_messages, books.read, books.stored_readings})
        out.varint(value);
    out.varint(books.rejected.size());
    for (const auto value : books.rejected) out.varint(value);
    out.varint(books.suppressed.size());
    for (const auto value : books.suppressed) out.varint(value);
    out.varint(books.summarised);
    out.varint(books.derived);
}

template <std::size_t N>
void decode_counts(std::array<std::uint64_t, N>& counts, ByteReader& in)
{
    // A newer state may know more reasons, an older one fewer.
    const auto count = in.varint();
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        const auto value = in.varint();
        if (i < N) counts[i] = value;
    }
}

Books decode_books(ByteReader& in, std::uint8_t version)
{
    Books books;
    for (auto* value : {&books.received, &books.stored_messages, &books.read, &books.stored_readings})
        *value = in.varint();
    decode_counts(books.rejected, in);
    decode_counts(books.suppressed, in);
    if (version < 5) return books;
    books.summarised = in.varint();
    books.derived = in.varint();
    return books;
}

void encode_lanes(const UpstreamBooks& upstream, ByteWriter& out)
{
    out.varint(upstream.ahead.size());
    for (const auto& [after, through] : upstream.ahead) {
        out.varint(after);
        out.varint(through);
    }
    const auto& spent = upstream.spent;
    const bool any = spent != Spent{};
    out.byte(any ? 1 : 0);
    if (!any) return;
    for (const auto value : {spent.hour, spent.hour_bytes, spent.day, spent.day_bytes}) out.varint(value);
}

void decode_lanes(UpstreamBooks& upstream, ByteReader& in)
{
    const auto count = in.varint();
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        const auto after = in.varint();
        upstream.ahead.push_back({after, in.varint()});
    }
    if (in.byte() == 0) return;
    auto& spent = upstream.spent;
    for (auto* value : {&spent.hour, &spent.hour_bytes, &spent.day, &spent.day_bytes}) *value = in.varint();
}

// A log has its epoch and a last row from the start: made in one transaction, it is whole or not there at all
// after a power cut.
std::string new_log()
{
    return fmt::format("{} {}; {}", log_schema::sql, log_schema::set_epoch(draw_epoch()),
                       log_schema::set_last(0, LogState()));
}

// A WAL that grows costs a file system journal commit with each fsync; one of its full length from the start
// does not.
Result<> pregrow_wal(Database& database)
{
    constexpr auto fill =
        "PRAGMA wal_autocheckpoint=0; BEGIN; CREATE TABLE filler(b BLOB);"
        "INSERT INTO filler VALUES(zeroblob(4194304)); DROP TABLE filler; COMMIT;"
        "PRAGMA wal_checkpoint(RESTART)";
    return database.execute(fill);
}

}  // namespace

std::string LogState::encode() const
{
    ByteWriter out;
    out.byte(state_version);
    out.byte(static_cast<std::uint8_t>(intake.size()));
    for (const auto& position : intake) {
        out.fixed(position.ring);
        out.varint(position.tail);
    }
    encode_books(books, out);
    out.varint(upstreams.size());
    for (const auto& upstream : upstreams) {
        out.text(upstream.name);
        for (const auto value : {upstream.started, upstream.cursor, upstream.delivered, upstream.gap})
            out.varint(value);
        out.varint(upstream.discarded.size());
        for (const auto value : upstream.discarded) out.varint(value);
        encode_lanes(upstream, out);
    }
    out.varint(written / written_unit);
    out.varint(series);
    auto bytes = out.take();
    ByteWriter checked;
    checked.fixed(crc32c(bytes));
    checked.append(bytes);
    return checked.take();
}

Result<LogState> LogState::decode(std::string_view bytes)
{
    ByteReader in(bytes);
    const auto checksum = in.fixed<std::uint32_t>();
    const auto version = in.byte();
    if (in.failed() || checksum != crc32c(bytes.substr(sizeof checksum)) || version == 0 ||
        version > state_version)
        return Error{ErrorKind::corrupt, "log state: checksum or version"};
    LogState state;
    for (auto rings = in.byte(); rings > 0 && !in.failed(); --rings) {
        const auto ring = in.fixed<std::uint64_t>();
        state.intake.push_back({ring, in.varint()});
    }
    state.books = decode_books(in, version);
    const auto count = in.varint();
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        UpstreamBooks upstream;
        upstream.name = in.text();
        auto& last = version >= 3 ? upstream.gap : upstream.discarded.front();
        for (auto* value : {&upstream.started, &upstream.cursor, &upstream.delivered, &last})
            *value = in.varint();
        if (version >= 3) decode_counts(upstream.discarded, in);
        if (version >= 4) decode_lanes(upstream, in);
        state.upstreams.push_back(std::move(upstream));
    }
    if (version >= 2) {
        state.written = in.varint() * written_unit;
        state.series = static_cast<SeriesId>(in.varint());
    }
    if (in.failed()) return Error{ErrorKind::corrupt, "log state: length"};
    return state;
}

Result<Database> Log::open_database(const std::filesystem::path& file)
{
    auto database = Database::open(file, Access::read_write, log_schema::page_size);
    if (!database) return database;
    database->keep_wal();
    database->checkpoint_on_close(false);  // until it is known what to think of the WAL
    return database;
}

Result<Log> Log::open(const std::filesystem::path& file)
{
    const bool fresh = !std::filesystem::exists(file);
    auto database = open_database(file);
    if (!database) return database.error();
    if (auto done = database->migrate(log_schema::version, new_log()); !done) return done.error();
    if (fresh) {
        if (auto grown = pregrow_wal(*database); !grown) return grown.error();
    }
    Log log;
    log.file_ = file;
    if (auto done = log.prepare(std::move(*database)); !done) return done.error();
    if (auto done = log.restore(); !done) return done.error();
    return log;
}

Result<> Log::thaw()
{
    if (!database_.frozen()) return {};
    // Closed first: SQLite's connections share what they know of the file.
    for (auto* statement : {&insert_, &update_, &trim_, &drop_}) *statement = Statement();
    database_ = Database();
    auto database = open_database(file_);
    if (!database) return database.error();
    if (database->frozen())
        return Error{ErrorKind::denied, fmt::format("{}: the file system is read-only", file_.string())};
    auto done = prepare(std::move(*database));
    if (!done) database_ = Database();  // it is tried again
    if (done) suspect();
    return done;
}

Result<> Log::prepare(Database database)
{
    database_ = std::move(database);
    database_.checkpoint_by_hand();
    if (auto done = database_.execute("PRAGMA synchronous=NORMAL"); !done) return done;
    sync_ = Sync::normal;
    synced_frames_ = moved_frames_ = 0;
    for (auto [statement, sql] : {std::pair{&insert_, "INSERT INTO log(seq, state, batch) VALUES(?, ?, ?)"},
                                  std::pair{&update_, "UPDATE log SET state = ?2 WHERE seq = ?1"},
                                  std::pair{&trim_, "DELETE FROM log WHERE seq <= ?"},
                                  std::pair{&drop_, "DELETE FROM log WHERE seq > ? AND seq <= ?"}}) {
        auto prepared = database_.prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    auto epoch = database_.integer("SELECT epoch FROM head");
    if (!epoch) return epoch.error();
    if (epoch_ == 0) epoch_ = static_cast<std::uint64_t>(*epoch);  // else drawn already for this run
    return {};
}

Result<> Log::restore()
{
    database_.read_ahead(true);
    auto done = read_rows();
    database_.read_ahead(false);
    return done;
}

Result<> Log::read_rows()
{
    rows_.clear();
    bytes_ = 0;
    auto rows = database_.prepare("SELECT seq, length(state) + length(batch) FROM log ORDER BY seq");
    if (!rows) return rows.error();
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) break;
        rows_.push_back(
            {static_cast<std::uint64_t>(rows->integer(0)), static_cast<std::uint64_t>(rows->integer(1))});
        bytes_ += rows_.back().bytes;
    }
    if (rows_.empty()) return Error{ErrorKind::corrupt, "log.db: not even the last row is there"};
    last_seq_ = rows_.back().seq;

    auto last = database_.prepare("SELECT state, batch FROM log ORDER BY seq DESC LIMIT 1");
    if (!last) return last.error();
    if (auto row = last->step(); !row) return row.error();
    auto state = LogState::decode(last->blob(0));
    if (!state) return state.error();
    restored_ = std::move(*state);
    // Written since the machine was started: its last sync may have failed, and nobody is left who knows.
    const auto batch = decode_batch(last->blob(1), last_seq_);
    if (batch) last_clock_ = batch->clock;  // a damaged one is counted by the replay
    if (batch && batch->clock.boot == boot_id())
        suspect();
    else
        database_.checkpoint_on_close(true);
    return {};
}

void Log::draw_epoch()
{
    epoch_ = store::draw_epoch();
}

std::uint64_t Log::horizon() const
{
    // The oldest row may have lost neighbours, so its first seq is not known without reading it: start after
    // it.
    return rows_.front().seq;
}

std::uint64_t Log::bytes_after(std::uint64_t seq) const
{
    std::uint64_t bytes = 0;
    for (auto row = rows_.rbegin(); row != rows_.rend() && row->seq > seq; ++row) bytes += row->bytes;
    return bytes;
}

Result<> Log::set_sync(Sync sync)
{
    if (sync == sync_) return {};
    auto done =
        database_.execute(sync == Sync::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    if (done) sync_ = sync;
    return done;
}

void Log::suspect()
{
    suspect_ = true;
    database_.checkpoint_on_close(false);
}

Result<> Log::mend()
{
    if (!suspect_) return {};
    const auto frames = database_.wal_frames();
    // None counted: nothing was committed since the start or the last checkpoint; what is there is older.
    const bool known = frames != 0;
    auto rewritten = rewrite_wal(database_, known ? synced_frames_ : 0,
                                 known ? frames : std::numeric_limits<std::uint32_t>::max());
    if (!rewritten) return rewritten.error();
    if (known && *rewritten < frames)
        return Error{ErrorKind::corrupt, "log.db-wal: what was committed last cannot be read any more"};
    if (auto done = rewrite_pages(database_, moved_frames_); !done) return done;
    suspect_ = false;
    database_.checkpoint_on_close(true);
    return {};
}

void Log::checkpoint()
{
    auto done = database_.checkpoint();
    if (!done) {
        suspect();
        checkpoint_at_ = database_.wal_frames() + checkpoint_again_frames;
        log::warning("the log's WAL grows: {}", done.error().what);
        return;
    }
    // The WAL is synced before anything of it is moved; the file only when all of it was.
    synced_frames_ = done->whole ? 0 : database_.wal_frames();
    moved_frames_ = done->whole ? 0 : done->frames;
    checkpoint_at_ = done->whole ? checkpoint_frames : database_.wal_frames() + checkpoint_again_frames;
}

Result<> Log::write(std::span<const Reading* const> readings,
                    const LogState& state,
                    std::uint64_t last,
                    const BatchClock& clock)
{
    const auto head = state.encode();
    if (readings.empty()) {
        update_.bind(1, static_cast<std::int64_t>(last));
        update_.bind_blob(2, head);
        return update_.run();
    }
    const auto batch = encode_ordered(readings, last, clock);
    insert_.bind(1, static_cast<std::int64_t>(last));
    insert_.bind_blob(2, head);
    insert_.bind_blob(3, batch);
    if (auto done = insert_.run(); !done) return done;
    rows_.push_back({last, head.size() + batch.size()});
    bytes_ += rows_.back().bytes;
    return {};
}

Result<std::size_t> Log::trim_rows(std::uint64_t through)
{
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    while (count + 1 < rows_.size() && rows_[count].seq <= through && bytes < trim_bytes_a_commit)
        bytes += rows_[count++].bytes;
    if (bytes < std::min(trim_bytes_least, bytes_ / 8)) return std::size_t{0};
    if (count == 0) return count;
    trim_.bind(1, static_cast<std::int64_t>(rows_[count - 1].seq));
    if (auto done = trim_.run(); !done) return done.error();
    return count;
}

Result<> Log::drop_round(const Trim& trim)
{
    if (trim.until <= trim.after) return {};
    drop_.bind(1, static_cast<std::int64_t>(trim.after));
    drop_.bind(2, static_cast<std::int64_t>(trim.until));
    return drop_.run();
}

void Log::forget_round(const Trim& trim)
{
    if (trim.until <= trim.after) return;
    std::erase_if(rows_, [&](const Row& row) {
        const bool goes = row.seq > trim.after && row.seq <= trim.until;
        if (goes) bytes_ -= row.bytes;
        return goes;
    });
}

Result<> Log::commit(std::span<const Reading* const> readings,
                     const LogState& state,
                     const Trim& trim,
                     Sync sync,
                     const BatchClock& clock)
{
    if (auto mended = mend(); !mended) return mended;
    if (auto set = set_sync(sync); !set) return set;
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    const auto rows_before = rows_.size();
    const auto forget = [&] {  // nothing was committed: neither in the file nor here
        if (rows_.size() == rows_before) return;
        bytes_ -= rows_.back().bytes;
        rows_.pop_back();
    };
    const auto last = last_seq_ + readings.size();
    auto written = write(readings, state, last, clock);
    auto trimmed = written ? trim_rows(trim.through) : Result<std::size_t>(written.error());
    auto dropped = trimmed ? drop_round(trim) : Result<>(trimmed.error());
    auto done = dropped ? transaction->commit() : dropped;
    if (!done) {
        forget();
        suspect();
        return done;
    }
    last_seq_ = last;
    for (std::size_t i = 0; i < *trimmed; ++i) {
        bytes_ -= rows_.front().bytes;
        rows_.pop_front();
    }
    forget_round(trim);
    if (sync == Sync::full) synced_frames_ = database_.wal_frames();
    if (database_.wal_frames() >= checkpoint_at_) checkpoint();
    return {};
}

Result<std::optional<std::int64_t>> Log::offset_after(std::uint64_t seq, std::uint64_t boot)
{
    return offset_after(database_, seq, boot);
}

Result<std::optional<std::int64_t>> Log::offset_after(Database& database,
                                                      std::uint64_t seq,
                                                      std::uint64_t boot)
{
    auto rows = database.prepare("SELECT seq, batch FROM log WHERE seq > ? ORDER BY seq");
    if (!rows) return rows.error();
    rows->bind(1, static_cast<std::int64_t>(seq));
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return std::optional<std::int64_t>();
        const auto batch = decode_batch(rows->blob(1), static_cast<std::uint64_t>(rows->integer(0)));
        if (!batch) continue;
        const auto& clock = batch->clock;
        if (clock.boot != boot) return std::optional<std::int64_t>();
        if (clock.synchronised) return std::optional(clock.wall_ms - clock.boot_ms);
    }
}

}  // namespace tidegate::store

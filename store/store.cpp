#include "store/store.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/archive.hpp"
#include "store/boot_clock.hpp"
#include "store/damage.hpp"
#include "store/history_reader.hpp"
#include "store/log_reader_source.hpp"
#include "store/sealed_file.hpp"
#include "store/sealer.hpp"
#include "store/tiers.hpp"
#include "store/writer.hpp"

#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <map>
#include <mutex>
#include <set>

namespace tidegate::store {

namespace {

constexpr std::size_t rows_searched_for_latest = 20'000;

constexpr auto clean_stop = "stopped";

// Keeps two gateways from sharing a data directory, and knows how the last one ended.
class DirectoryLock {
public:
    static Result<DirectoryLock> take(const std::filesystem::path& directory)
    {
        const auto file = directory / "lock";
        DirectoryLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
        if (lock.descriptor_ < 0 && errno == EROFS)
            lock.descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
        if (lock.descriptor_ < 0)
            return Error{ErrorKind::denied, fmt::format("{}: cannot be written: {}", directory.string(),
                                                        std::generic_category().message(errno))};
        std::string holder;
        std::ifstream(file) >> holder;
        if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0)
            return Error{ErrorKind::denied, fmt::format("{}: in use by another tidegate (process {})",
                                                        directory.string(), holder)};
        lock.after_clean_stop_ = holder == clean_stop;
        // On the disk before anything else is: a power cut must not leave the word of an earlier stop.
        if (!lock.put(fmt::format("{}\n", ::getpid())) || ::fsync(lock.descriptor_) != 0)
            log::warning("the process id could not be written file={}", file.string());
        return lock;
    }

    DirectoryLock(DirectoryLock&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)),
          after_clean_stop_(other.after_clean_stop_)
    {
    }
    DirectoryLock& operator=(DirectoryLock&&) = delete;
    ~DirectoryLock()
    {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    bool after_clean_stop() const { return after_clean_stop_; }
    void note_clean_stop() { (void)put(fmt::format("{}\n", clean_stop)); }

private:
    explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}

    bool put(const std::string& text) const
    {
        return ::ftruncate(descriptor_, 0) == 0 &&
               ::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
    }

    int descriptor_;
    bool after_clean_stop_ = false;
};

// The days of the sealed files that replayed records belong to, and with them what of the records is sealed.
class SealedThrough {
public:
    explicit SealedThrough(std::filesystem::path directory) : directory_(std::move(directory)) {}

    bool covers(const Record& record)
    {
        const auto time_ms = record.reading.time_ms;
        if (time_ms < last_from_ms_ || time_ms >= last_to_ms_) {
            const auto day = day_of(time_ms);
            const auto [entry, fresh] = through_.try_emplace(day, 0);
            if (fresh) entry->second = look_up(day);
            last_from_ms_ = day * day_ms;
            last_to_ms_ = last_from_ms_ + day_ms;
            last_through_ = entry->second;
        }
        return record.seq <= last_through_;
    }

    std::set<std::int64_t> days() const
    {
        std::set<std::int64_t> days;
        for (const auto& [day, through] : through_)
            if (through > 0) days.insert(day);
        return days;
    }
    std::uint64_t next_slot() const { return next_slot_; }
    const std::set<std::uint64_t>& round_ends() const { return round_ends_; }
    const std::vector<std::string>& damage() const { return damage_; }  // files that were set aside

private:
    std::uint64_t look_up(std::int64_t day)
    {
        auto file = SealedFile::open(directory_, Tier::readings, day, Access::read_only);
        if (!file && file.error().kind == ErrorKind::corrupt) {  // else all of it would be sealed twice
            if (auto line = SealedFile::salvage(directory_, Tier::readings, day)) damage_.push_back(*line);
            file = SealedFile::open(directory_, Tier::readings, day, Access::read_only);
        }
        if (!file) {  // thinned, perhaps, while the log still has it for an upstream
            auto through = sealed_through(directory_, day);
            return through ? *through : 0;
        }
        for (const auto& round : file->rounds()) {
            round_ends_.insert(round.through);
            next_slot_ = std::max(next_slot_, round.first_slot + round.count);
        }
        return file->through();
    }

    std::filesystem::path directory_;
    std::map<std::int64_t, std::uint64_t> through_;
    std::int64_t last_from_ms_ = 0, last_to_ms_ = 0;  // the day that was asked for last
    std::uint64_t last_through_ = 0;
    std::uint64_t next_slot_ = 1;
    std::set<std::uint64_t> round_ends_;
    std::vector<std::string> damage_;
};

// Reads every sealed file: only for a log or a meta.db that is damaged.
SealedMarks marks_of_sealed(const std::filesystem::path& directory)
{
    SealedMarks marks;
    for (const auto& [day, path] : sealed_files(directory, Tier::readings)) {
        auto file = SealedFile::open(directory, Tier::readings, day, Access::read_only);
        if (!file) continue;
        for (const auto& round : file->rounds()) {
            marks.seq = std::max({marks.seq, round.through, round.first_slot + round.count - 1});
            marks.series = std::max(marks.series, file->last_series(round.n));
        }
    }
    return marks;
}

// The last value of each series that is in the newest files of hours, by id; series 0 where there is none.
std::vector<Reading> latest_sealed(const std::filesystem::path& directory, SeriesId last)
{
    std::vector<Reading> latest(last + 1);
    SeriesId found = 0;
    std::size_t searched = 0;
    const auto take = [&](SeriesId series, const Rollup& hour) {
        ++searched;
        if (series <= last && latest[series].series == 0) {
            latest[series] = {series, hour.last_ms, hour.last, 0};
            ++found;
        }
        return found < last && searched < rows_searched_for_latest;
    };
    const auto files = sealed_files(directory, Tier::hours);
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
        if (found == last || searched >= rows_searched_for_latest) break;
        auto hours = SealedFile::open(directory, Tier::hours, file->first, Access::read_only);
        if (!hours) continue;
        if (auto done = hours->newest(take); !done) log::warning("latest values: {}", done.error().what);
    }
    return latest;
}

}  // namespace

struct Store::Parts {
    Parts(StoreOptions wanted,
          DirectoryLock held,
          std::unique_ptr<WearMeter> meter,
          std::vector<Series> known,
          const BatchClock& last,
          std::uint64_t last_gap)
        : options(std::move(wanted)),
          lock(std::move(held)),
          wear(std::move(meter)),
          clock(options.clock, options.unsynchronised_patience, last),
          series(std::move(known)),
          gaps(options.directory, last_gap),
          history(options.directory, hot)
    {
    }

    StoreOptions options;
    DirectoryLock lock;
    std::unique_ptr<WearMeter> wear;  // before all that has a file open
    BootClock clock;
    SeriesTable series;
    LiveTable live;
    HotTable hot;
    GapBook gaps;
    std::mutex history_mutex;  // one query at a time reads files
    HistoryReader history;
    std::optional<Writer> writer;
    std::optional<Sealer> sealer;
    mutable std::mutex damage_mutex;
    std::vector<std::string> damage;  // a line a file that was set aside

    void note_damage(const std::vector<std::string>& lines)
    {
        for (const auto& line : lines) log::error("{}", line);
        const std::scoped_lock guard(damage_mutex);
        damage.insert(damage.end(), lines.begin(), lines.end());
    }

    // Sets aside what is damaged of a day. False: nothing is.
    Result<bool> mend(std::int64_t day)
    {
        auto mended = sealer->mend(day);
        if (!mended) return mended.error();
        note_damage(*mended);
        return !mended->empty();
    }

    Result<> bring_back(Log& log, SealedThrough& sealed);
    std::vector<std::uint64_t> put_right(Log& log,
                                         DecodedBatch& batch,
                                         const std::function<bool(const Record&)>& sealed);
};

// Puts right what was stamped before the clock of its boot was set. Gives the seqs of those that are sealed
// as they were stamped: they stay there.
std::vector<std::uint64_t> Store::Parts::put_right(Log& log,
                                                   DecodedBatch& batch,
                                                   const std::function<bool(const Record&)>& sealed)
{
    const auto& records = batch.records;
    std::vector<std::uint64_t> as_stamped;
    if (batch.clock.synchronised || records.empty()) return as_stamped;
    const auto first = records.front().seq, last = records.back().seq;
    if (const auto boot = batch.clock.boot; !clock.asked(boot)) {
        const auto offset = log.offset_after(last, boot);
        clock.learn(boot, offset ? *offset : std::nullopt);
    }
    const auto waits = [](const Record& record) {
        return (record.reading.flags & flag::unsynchronised) != 0;
    };
    if (std::none_of(records.begin(), records.end(), waits)) return as_stamped;
    for (const auto& record : records)
        if (waits(record) && sealed(record)) as_stamped.push_back(record.seq);
    if (!clock.put_right(batch)) clock.committed(batch.clock, first, last);
    return as_stamped;
}

// Fills the hot table from the log, and the live table from both.
Result<> Store::Parts::bring_back(Log& log, SealedThrough& sealed)
{
    const auto start = boot_ms();
    auto latest = latest_sealed(options.directory, series.last());
    std::size_t readings = 0;
    auto damaged = log.replay([&](DecodedBatch batch) {
        auto& records = batch.records;
        const auto covered = [&](const Record& record) { return sealed.covers(record); };
        const auto as_stamped = put_right(log, batch, covered);
        for (const auto& record : records)
            if (record.reading.series < latest.size()) latest[record.reading.series] = record.reading;
        std::erase_if(records, [&](const Record& record) {
            return covered(record) || std::binary_search(as_stamped.begin(), as_stamped.end(), record.seq);
        });
        readings += records.size();
        hot.add(records);
    });
    if (!damaged) return damaged.error();
    if (*damaged > 0) log::error("log.db: {} damaged batches were passed over", *damaged);

    std::erase_if(latest, [](const Reading& reading) { return reading.series == 0; });
    live.restore(latest);
    log::info("store opened directory={} series={} last_seq={} replayed={} ms={}", options.directory.string(),
              series.last(), log.last_seq(), readings, boot_ms() - start);
    return {};
}

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Store::~Store()
{
    // The sealer asks the writer what is synced; so it ends first.
    parts_->sealer.reset();
    parts_->writer->stop();
    const bool clean = state().trouble.empty();
    parts_->writer.reset();
    if (clean) parts_->lock.note_clean_stop();
}

Result<std::unique_ptr<Store>> Store::open(StoreOptions options)
{
    std::error_code failed;
    std::filesystem::create_directories(options.directory, failed);
    if (failed)
        return Error{ErrorKind::denied,
                     fmt::format("{}: cannot be made: {}", options.directory.string(), failed.message())};
    auto lock = DirectoryLock::take(options.directory);
    if (!lock) return lock.error();
    auto wear = std::make_unique<WearMeter>(options.directory);
    auto vital = open_vital(options.directory, lock->after_clean_stop(),
                            [&] { return marks_of_sealed(options.directory); });
    if (!vital) return vital.error();
    wear->go_on_from(vital->log.restored().written);
    if (options.durability == Durability::relaxed) vital->log.draw_epoch();

    const auto last_clock = vital->log.last_clock();
    std::uint64_t last_gap = 0;  // that any upstream has
    for (const auto& books : vital->log.restored().upstreams) last_gap = std::max(last_gap, books.gap);
    auto parts = std::make_unique<Parts>(std::move(options), std::move(*lock), std::move(wear),
                                         std::move(vital->series), last_clock, last_gap);
    parts->note_damage(vital->damage);
    SealedThrough sealed(parts->options.directory);
    if (auto done = parts->bring_back(vital->log, sealed); !done) return done.error();
    parts->note_damage(sealed.damage());
    const auto& ends = sealed.round_ends();
    auto& writer = parts->writer.emplace(parts->options, std::move(vital->log), std::move(vital->meta),
                                         parts->series, parts->hot, parts->gaps, parts->clock, *parts->wear,
                                         std::vector<std::uint64_t>(ends.begin(), ends.end()));
    const Sealer::Log told{
        [&writer] { return writer.synced_seq(); },
        [&writer](std::uint64_t last) { writer.round_sealed(last); },
        [&writer] { return writer.sent_seq(); },
        [&writer] { return writer.clock_settled(); },
        [&clock = parts->clock] { return clock.now(); },
        [&held = *parts](const std::vector<std::string>& lines) { held.note_damage(lines); }};
    auto& sealer = parts->sealer.emplace(parts->options, parts->hot, parts->series, parts->gaps, told,
                                         sealed.days(), sealed.next_slot());
    writer.start();
    sealer.start();
    return std::unique_ptr<Store>(new Store(std::move(parts)));  // NOLINT: the constructor is private
}

SeriesTable& Store::series()
{
    return parts_->series;
}

LiveTable& Store::live()
{
    return parts_->live;
}

StoreState Store::state() const
{
    StoreState state;
    parts_->writer->describe(state);
    if (parts_->sealer) {
        state.history_bytes = parts_->sealer->history_bytes();
        if (!state.upstreams.empty()) parts_->sealer->held().describe(state, parts_->writer->sent_seq());
    }
    state.given_up = parts_->gaps.totals();
    state.wear = parts_->wear->read();
    const std::scoped_lock lock(parts_->damage_mutex);
    state.damage = parts_->damage;
    return state;
}

bool Store::append(Batch batch, std::stop_token stop)
{
    return parts_->writer->append(std::move(batch), std::move(stop));
}

void Store::on_committed(std::function<void(const IntakePosition&)> told)
{
    parts_->writer->on_committed(std::move(told));
}

void Store::retire_rings_but(const std::vector<std::uint64_t>& rings)
{
    parts_->writer->retire_rings_but(rings);
}

void Store::retire_upstreams_but(const std::vector<std::string>& names)
{
    parts_->writer->retire_upstreams_but(names);
}

UpstreamBooks Store::open_upstream(const std::string& name)
{
    return parts_->writer->open_upstream(name);
}

void Store::acknowledge(const std::string& name, std::uint64_t seq, std::uint64_t count, Lane lane)
{
    parts_->writer->advance(name, seq, count, lane);
}

void Store::leave_out(const std::string& name, std::uint64_t seq, std::uint64_t count, Lane lane)
{
    parts_->writer->leave_out(name, seq, count, lane);
}

void Store::refuse(const std::string& name, std::span<const Record> records, Lane lane)
{
    parts_->writer->refuse(name, records, lane);
}

UpstreamBooks Store::split_lanes(const std::string& name)
{
    return parts_->writer->split_lanes(name);
}

void Store::spend(const std::string& name, const Spent& spent)
{
    parts_->writer->spend(name, spent);
}

std::uint64_t Store::sendable_seq() const
{
    return parts_->writer->sendable_seq();
}

Result<std::vector<Gap>> Store::owed_gaps(const std::string& name, std::size_t limit)
{
    return parts_->gaps.owed(name, open_upstream(name).gap, limit);
}

void Store::gaps_delivered(const std::string& name, std::uint64_t id)
{
    parts_->writer->gaps_delivered(name, id);
}

bool Store::wait_newer(std::uint64_t seq, std::stop_token stop, std::chrono::milliseconds most)
{
    return parts_->writer->wait_newer(seq, std::move(stop), most);
}

Result<History> Store::history(const HistoryQuery& query, std::stop_token stop)
{
    const std::scoped_lock lock(parts_->history_mutex);
    for (;;) {
        auto history = parts_->history.read(query, stop);
        const auto day = parts_->history.take_damaged();
        if (history || !day || stop.stop_requested()) return history;
        auto mended = parts_->mend(*day);  // each time one day's files are whole: it ends
        if (!mended) return mended.error();
        if (!*mended) return history;  // what is damaged is not what is read here
    }
}

std::unique_ptr<Archive> Store::archive(const ArchiveQuery& query)
{
    const auto mend = [&parts = *parts_](std::int64_t day) { return parts.mend(day); };
    auto wanted = parts_->series.list(0, parts_->series.last(), query.wanted);
    return std::make_unique<Archive>(parts_->options.directory, parts_->hot, std::move(wanted), query, mend);
}

Result<> Store::flush()
{
    return parts_->writer->flush();
}

Result<std::vector<std::string>> Store::check()
{
    std::vector<std::string> faults;
    const auto add = [&](const std::string& name, const Result<Faults>& found) {
        for (const auto& fault : *found) faults.push_back(name + ": " + fault);
    };
    auto log = Log::check(parts_->options.directory / "log.db");
    if (!log) return log;
    auto meta = Meta::check(parts_->options.directory / "meta.db");
    if (!meta) return meta;
    add("log.db", log);
    add("meta.db", meta);
    return faults;
}

void Store::use(SeriesAges ages)
{
    parts_->sealer->use(std::move(ages));
}

Result<> Store::seal_all()
{
    // Twice: the first may end a round that was under way.
    auto done = parts_->sealer->seal(parts_->clock.now().wall_ms, true);
    return done ? parts_->sealer->seal(parts_->clock.now().wall_ms, true) : done;
}

Result<std::vector<Gap>> Store::gaps(const GapQuery& query)
{
    return parts_->gaps.newest(query);
}

Result<std::unique_ptr<LogReader>> Store::reader()
{
    const auto mend = [&parts = *parts_](std::int64_t day) { return parts.mend(day); };
    auto source =
        std::make_unique<LogReader::Source>(parts_->options.directory, *parts_->writer, parts_->clock, mend);
    return std::unique_ptr<LogReader>(
        new LogReader(std::move(source)));  // NOLINT: the constructor is private
}

}  // namespace tidegate::store

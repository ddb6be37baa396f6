#include "store/store.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/boot_clock.hpp"
#include "store/history_reader.hpp"
#include "store/log_reader_source.hpp"
#include "store/sealed_file.hpp"
#include "store/sealer.hpp"
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

// Keeps two gateways from sharing a data directory.
class DirectoryLock {
public:
    static Result<DirectoryLock> take(const std::filesystem::path& directory)
    {
        const auto file = directory / "lock";
        DirectoryLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
        if (lock.descriptor_ < 0)
            return Error{ErrorKind::denied, fmt::format("{}: cannot be written: {}", directory.string(),
                                                        std::generic_category().message(errno))};
        if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
            std::string holder;
            std::ifstream(file) >> holder;
            return Error{ErrorKind::denied, fmt::format("{}: in use by another tidegate (process {})",
                                                        directory.string(), holder)};
        }
        const auto pid = fmt::format("{}\n", ::getpid());
        if (::ftruncate(lock.descriptor_, 0) != 0 ||
            ::write(lock.descriptor_, pid.data(), pid.size()) != static_cast<ssize_t>(pid.size()))
            log::warning("the process id could not be written file={}", file.string());
        return lock;
    }

    DirectoryLock(DirectoryLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    DirectoryLock& operator=(DirectoryLock&&) = delete;
    ~DirectoryLock()
    {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

private:
    explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

// The days of the sealed files that replayed records belong to, and with them what of the records is sealed.
class SealedThrough {
public:
    explicit SealedThrough(std::filesystem::path directory) : directory_(std::move(directory)) {}

    bool covers(const Record& record)
    {
        const auto day = day_of(record.reading.time_ms);
        if (day != last_day_) {
            const auto [entry, fresh] = through_.try_emplace(day, 0);
            if (fresh) entry->second = look_up(day);
            last_day_ = day;
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

private:
    std::uint64_t look_up(std::int64_t day)
    {
        auto file = SealedFile::open(directory_, Tier::readings, day, Access::read_only);
        if (!file) return 0;
        for (const auto& round : file->rounds()) {
            round_ends_.insert(round.through);
            next_slot_ = std::max(next_slot_, round.first_slot + round.count);
        }
        return file->through();
    }

    std::filesystem::path directory_;
    std::map<std::int64_t, std::uint64_t> through_;
    std::int64_t last_day_ = std::numeric_limits<std::int64_t>::min();
    std::uint64_t last_through_ = 0;
    std::uint64_t next_slot_ = 1;
    std::set<std::uint64_t> round_ends_;
};

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
          GapBook book)
        : options(std::move(wanted)),
          lock(std::move(held)),
          wear(std::move(meter)),
          clock(options.clock, options.unsynchronised_patience, last),
          series(std::move(known)),
          gaps(std::move(book)),
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
    parts_->writer.reset();
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
    auto meta = Meta::open(options.directory / "meta.db");
    if (!meta) return meta.error();
    auto series = meta->load();
    if (!series) return series.error();
    auto log = Log::open(options.directory / "log.db");
    if (!log) return log.error();
    auto gaps = GapBook::open(options.directory);
    if (!gaps) return gaps.error();

    wear->go_on_from(log->restored().written);
    if (options.durability == Durability::relaxed) log->draw_epoch();

    auto parts = std::make_unique<Parts>(std::move(options), std::move(*lock), std::move(wear),
                                         std::move(*series), log->last_clock(), std::move(*gaps));
    SealedThrough sealed(parts->options.directory);
    if (auto done = parts->bring_back(*log, sealed); !done) return done.error();
    const auto& ends = sealed.round_ends();
    auto& writer = parts->writer.emplace(parts->options, std::move(*log), std::move(*meta), parts->series,
                                         parts->hot, parts->gaps, parts->clock, *parts->wear,
                                         std::vector<std::uint64_t>(ends.begin(), ends.end()));
    const Sealer::Log told{
        [&writer] { return writer.synced_seq(); },
        [&writer](std::uint64_t last) { writer.round_sealed(last); }, [&writer] { return writer.sent_seq(); },
        [&writer] { return writer.clock_settled(); }, [&clock = parts->clock] { return clock.now(); }};
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
    state.history_bytes = parts_->sealer->history_bytes();
    state.wear = parts_->wear->read();
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

void Store::retire_upstreams_but(const std::vector<std::string>& names)
{
    parts_->writer->retire_upstreams_but(names);
}

UpstreamBooks Store::open_upstream(const std::string& name)
{
    return parts_->writer->open_upstream(name);
}

void Store::acknowledge(const std::string& name, std::uint64_t seq, std::uint64_t count)
{
    parts_->writer->advance(name, seq, count, 0);
}

void Store::discard(const std::string& name, std::uint64_t seq, std::uint64_t count)
{
    parts_->writer->advance(name, seq, 0, count);
}

bool Store::wait_newer(std::uint64_t seq, std::stop_token stop, std::chrono::milliseconds most)
{
    return parts_->writer->wait_newer(seq, std::move(stop), most);
}

Result<History> Store::history(const HistoryQuery& query, std::stop_token stop)
{
    const std::scoped_lock lock(parts_->history_mutex);
    return parts_->history.read(query, stop);
}

Result<> Store::flush()
{
    return parts_->writer->flush();
}

Result<> Store::seal_all()
{
    // Twice: the first may end a round that was under way.
    auto done = parts_->sealer->seal(parts_->clock.now().wall_ms, true);
    return done ? parts_->sealer->seal(parts_->clock.now().wall_ms, true) : done;
}

Result<std::vector<Gap>> Store::gaps(std::size_t limit) const
{
    return parts_->gaps.newest(limit);
}

Result<std::unique_ptr<LogReader>> Store::reader()
{
    auto source = LogReader::Source::open(parts_->options.directory, *parts_->writer, parts_->clock);
    if (!source) return source.error();
    return std::unique_ptr<LogReader>(
        new LogReader(std::move(*source)));  // NOLINT: the constructor is private
}

}  // namespace tidegate::store

#include "store/store.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/damage.hpp"
#include "store/history_reader.hpp"
#include "store/sealer.hpp"
#include "store/writer.hpp"

#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <mutex>

namespace tidegate::store {

namespace {

constexpr std::size_t days_searched_for_latest = 3;

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

// What this process has sent to block devices, from /proc/self/io; 0 where the kernel does not say.
std::uint64_t bytes_written()
{
    std::ifstream file("/proc/self/io");
    std::string key;
    std::uint64_t value = 0;
    while (file >> key >> value)
        if (key == "write_bytes:") return value;
    return 0;
}

// Finds out which replayed records are sealed already; opens each day file once.
class SealedThrough {
public:
    explicit SealedThrough(std::filesystem::path directory) : directory_(std::move(directory)) {}

    bool covers(const Record& record)
    {
        const std::pair key(record.reading.series, record.reading.time_ms / bucket_ms);
        if (key != last_key_) {  // a batch has the readings of a series side by side
            const auto [entry, fresh] = known_.try_emplace(key, 0);
            if (fresh) entry->second = look_up(key.first, key.second);
            last_key_ = key;
            last_seq_ = entry->second;
        }
        return record.seq <= last_seq_;
    }

private:
    std::uint64_t look_up(SeriesId series, std::int64_t bucket)
    {
        const auto day = bucket * bucket_ms / day_ms;
        if (!files_.contains(day)) {
            const auto path = DayFile::path(directory_, day);
            std::optional<DayFile> file;
            if (std::filesystem::exists(path))
                if (auto opened = DayFile::open(path, Access::read_only)) file = std::move(*opened);
            files_.emplace(day, std::move(file));
        }
        auto& file = files_[day];
        if (!file) return 0;
        auto seq = file->sealed_through(series, bucket);
        return seq ? *seq : 0;
    }

    std::filesystem::path directory_;
    std::map<std::pair<SeriesId, std::int64_t>, std::uint64_t> known_;
    std::pair<SeriesId, std::int64_t> last_key_{0, -1};
    std::uint64_t last_seq_ = 0;
    std::map<std::int64_t, std::optional<DayFile>> files_;
};

// The last value of each series that is in the newest day files, by id; series 0 where there is none.
std::vector<Reading> latest_sealed(const std::filesystem::path& directory, SeriesId last)
{
    std::vector<std::int64_t> days;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (const auto day = DayFile::day_of(entry.path())) days.push_back(*day);
    std::sort(days.rbegin(), days.rend());
    days.resize(std::min(days.size(), days_searched_for_latest));

    std::vector<Reading> latest(last + 1);
    for (const auto day : days) {
        auto file = DayFile::open(DayFile::path(directory, day), Access::read_only);
        if (!file) continue;
        auto chunks = file->last_chunks();
        if (!chunks) continue;
        for (const auto& chunk : *chunks) {
            const auto& point = *std::max_element(chunk.points.begin(), chunk.points.end(),
                                                  [](auto& a, auto& b) { return a.time_ms < b.time_ms; });
            if (chunk.series <= last && latest[chunk.series].series == 0)
                latest[chunk.series] = {chunk.series, point.time_ms, point.value, point.flags};
        }
    }
    return latest;
}

}  // namespace

struct Store::Parts {
    Parts(StoreOptions wanted, DirectoryLock held, std::vector<Series> known)
        : options(std::move(wanted)),
          lock(std::move(held)),
          series(std::move(known)),
          history(options.directory, hot)
    {
    }

    StoreOptions options;
    DirectoryLock lock;
    SeriesTable series;
    LiveTable live;
    HotTable hot;
    std::mutex history_mutex;  // one query at a time reads files
    HistoryReader history;
    std::optional<Writer> writer;
    std::optional<Sealer> sealer;
    std::vector<std::string> damage;

    Result<> bring_back(Log& log);
};

// Fills the hot table from the log, and the live table from both.
Result<> Store::Parts::bring_back(Log& log)
{
    const auto start = boot_ms();
    auto latest = latest_sealed(options.directory, series.last());
    SealedThrough sealed(options.directory);
    std::size_t readings = 0;
    auto damaged = log.replay([&](std::vector<Record> records) {
        for (const auto& record : records)
            if (record.reading.series < latest.size()) latest[record.reading.series] = record.reading;
        std::erase_if(records, [&](const Record& record) { return sealed.covers(record); });
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
    auto vital = open_vital(options.directory, lock->after_clean_stop(), SealedMarks());
    if (!vital) return vital.error();
    for (const auto& line : vital->damage) log::error("{}", line);

    auto parts = std::make_unique<Parts>(std::move(options), std::move(*lock), std::move(vital->series));
    parts->damage = std::move(vital->damage);
    if (auto done = parts->bring_back(vital->log); !done) return done.error();
    auto& writer = parts->writer.emplace(parts->options, std::move(vital->log), std::move(vital->meta),
                                         parts->series, parts->hot);
    auto& sealer =
        parts->sealer.emplace(parts->options, parts->hot, [&writer] { return writer.synced_seq(); });
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
    if (parts_->sealer) state.history_bytes = parts_->sealer->history_bytes();
    state.bytes_written = bytes_written();
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

Result<> Store::seal_all()
{
    return parts_->sealer->seal(wall_ms(), true);
}

struct LogReader::Source {
    std::filesystem::path file;
    const Writer& writer;
    Database database;
    Statement next;             // none: not opened yet
    std::vector<Record> batch;  // the last row read
    std::uint64_t passed = 0;

    Result<> open()
    {
        auto opened = Database::open(file, Access::read_only);
        if (!opened) return opened.error();
        auto prepared =
            opened->prepare("SELECT seq, batch FROM log WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT 1");
        if (!prepared) return prepared.error();
        database = std::move(*opened);
        next = std::move(*prepared);
        return {};
    }
};

LogReader::LogReader(std::unique_ptr<Source> source) : source_(std::move(source)) {}
LogReader::~LogReader() = default;

Result<std::unique_ptr<LogReader>> Store::reader()
{
    auto source = std::make_unique<LogReader::Source>(
        LogReader::Source{parts_->options.directory / "log.db", *parts_->writer, {}, {}, {}, 0});
    return std::unique_ptr<LogReader>(
        new LogReader(std::move(source)));  // NOLINT: the constructor is private
}

Result<std::vector<Record>> LogReader::read_after(std::uint64_t seq, std::size_t limit)
{
    std::vector<Record> found;
    const auto synced = source_->writer.synced_seq();
    if (synced == 0) return found;
    // Not before: what is opened on a read-only file system stays so, the writer's own handle with it.
    if (!source_->next)
        if (auto done = source_->open(); !done) return done.error();
    auto& batch = source_->batch;
    while (found.size() < limit) {
        const bool in_hand = !batch.empty() && batch.front().seq <= seq + 1 && seq < batch.back().seq;
        if (!in_hand) {
            auto& next = source_->next;
            next.bind(1, static_cast<std::int64_t>(seq));
            next.bind(2, static_cast<std::int64_t>(synced));
            auto row = next.step();
            if (!row || !*row) {
                next.reset();
                if (!row) return row.error();
                source_->passed = synced;
                return found;
            }
            const auto last = static_cast<std::uint64_t>(next.integer(0));
            auto decoded = decode_batch(next.blob(1), last);
            next.reset();    // ends the read, so that the WAL can start over
            if (!decoded) {  // what was in it is lost; the cursor passes over it, and the books count it as
                             // given up
                log::error("log.db: {}", decoded.error().what);
                seq = last;
                continue;
            }
            batch = std::move(decoded->records);
            if (batch.empty()) {  // a row that says where the log stands, without readings
                seq = last;
                continue;
            }
        }
        const auto first =
            std::find_if(batch.begin(), batch.end(), [&](auto& record) { return record.seq > seq; });
        const auto take =
            std::min<std::size_t>(limit - found.size(), static_cast<std::size_t>(batch.end() - first));
        found.insert(found.end(), first, first + static_cast<std::ptrdiff_t>(take));
        seq = found.back().seq;
    }
    return found;
}

std::uint64_t LogReader::passed() const
{
    return source_->passed;
}

}  // namespace tidegate::store

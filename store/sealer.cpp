#include "store/sealer.hpp"

#include "base/log.hpp"
#include "store/boot_clock.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <numeric>
#include <pthread.h>

namespace tidegate::store {

namespace {

constexpr std::int64_t grace_ms = 5LL * 60 * 1000;  // for readings that come a little late
constexpr std::chrono::seconds pause{2};
constexpr std::size_t chunks_a_transaction = 200;

std::uint64_t bytes_on_disk(const std::filesystem::path& file)
{
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return 0;
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

std::uint64_t bytes_of_day(const std::filesystem::path& file)
{
    return bytes_on_disk(file) + bytes_on_disk(file.string() + "-wal");
}

std::map<std::int64_t, std::filesystem::path> day_files(const std::filesystem::path& directory)
{
    std::map<std::int64_t, std::filesystem::path> days;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored))
        if (const auto day = DayFile::day_of(entry.path())) days.emplace(*day, entry.path());
    return days;
}

void remove_day(const std::filesystem::path& file)
{
    std::error_code ignored;
    for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix, ignored);
}

}  // namespace

Sealer::Sealer(const StoreOptions& options,
               HotTable& hot,
               std::function<std::uint64_t()> synced,
               std::function<BatchClock()> clock)
    : options_(options),
      hot_(hot),
      synced_(std::move(synced)),
      clock_(std::move(clock))
{
}

Sealer::~Sealer()
{
    stop();
}

void Sealer::start()
{
    thread_ = std::jthread([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "tg-sealer");
        run(stop);
    });
}

void Sealer::stop()
{
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

void Sealer::run(const std::stop_token& stop)
{
    std::string trouble;
    while (!stop.stop_requested()) {
        const auto clock = clock_();
        auto done = seal(clock.wall_ms, false);
        if (done) done = purge(clock);
        if (const auto now = done ? std::string() : done.error().what; now != trouble) {
            if (now.empty())
                log::info("sealing resumed");
            else
                log::error("sealing failed, readings stay in the log: {}", now);
            trouble = now;
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, pause, [] { return false; });
    }
}

std::vector<SealTask> Sealer::due(std::int64_t now_ms, bool all, std::uint64_t synced) const
{
    auto sizes = hot_.sizes();
    // The largest first: they free the most memory for the fewest chunks.
    std::sort(sizes.begin(), sizes.end(), [](auto& a, auto& b) { return a.points > b.points; });
    auto points = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0},
                                  [](std::size_t sum, auto& size) { return sum + size.points; });
    const auto low = options_.hot_readings / 2;
    bool pressed = points > options_.hot_readings;
    std::vector<SealTask> tasks;
    for (const auto& size : sizes) {
        const bool whole = all || pressed || size.points > options_.hot_series_readings ||
                           size.oldest_seq + options_.hot_span < synced;
        for (const auto& task : hot_.buckets(size.series, bucket_ms))
            if (whole || task.to_ms + grace_ms <= now_ms) tasks.push_back(task);
        if (!pressed) continue;
        points -= size.points;
        pressed = points > low;
    }
    return tasks;
}

Result<> Sealer::seal(std::int64_t now_ms, bool all)
{
    const std::scoped_lock round(round_);
    const auto synced = synced_();
    auto tasks = due(now_ms, all, synced);
    if (tasks.empty()) return {};
    std::sort(tasks.begin(), tasks.end(), [](auto& a, auto& b) {
        return std::pair(a.from_ms, a.series) < std::pair(b.from_ms, b.series);
    });
    for (std::size_t i = 0; i < tasks.size();) {
        const auto day = tasks[i].from_ms / day_ms;
        auto end = i;
        while (end < tasks.size() && tasks[end].from_ms / day_ms == day && end - i < chunks_a_transaction)
            ++end;
        const std::span group(tasks.data() + i, end - i);
        if (auto done = seal_day(day, group, synced); !done) return done;
        i = end;
    }
    return {};
}

Result<> Sealer::seal_day(std::int64_t day, std::span<const SealTask> tasks, std::uint64_t synced)
{
    std::vector<Chunk> chunks;
    std::vector<SealTask> sealed;
    for (const auto& task : tasks) {
        Chunk chunk{task.series, task.from_ms / bucket_ms, 0, {}};
        for (auto& hot : hot_.copy(task.series, task.from_ms, task.to_ms)) {
            if (hot.seq > synced) break;
            chunk.seq_hi = hot.seq;
            chunk.points.push_back(std::move(hot.point));
        }
        if (chunk.points.empty()) continue;
        std::stable_sort(chunk.points.begin(), chunk.points.end(),
                         [](auto& a, auto& b) { return a.time_ms < b.time_ms; });
        chunks.push_back(std::move(chunk));
        sealed.push_back(task);
    }
    if (chunks.empty()) return {};
    auto file = DayFile::open(DayFile::path(options_.directory, day), Access::read_write);
    if (!file) return file.error();
    if (auto done = file->add(chunks); !done) return done;
    for (std::size_t i = 0; i < sealed.size(); ++i) hot_.forget(sealed[i], chunks[i].seq_hi);
    return {};
}

Result<> Sealer::purge(const BatchClock& now)
{
    const auto days = day_files(options_.directory);
    const auto today = now.wall_ms / day_ms;
    const auto oldest_kept = today - options_.history_age.count();
    std::uint64_t bytes = 0;
    for (const auto& [day, file] : days) bytes += bytes_of_day(file);
    for (const auto& [day, file] : days) {
        // Days before there were any are those of a clock that was not set: their age is not known.
        const bool aged = now.synchronised && day >= impossible_before_ms / day_ms;
        const bool too_old = aged && day < oldest_kept;
        const bool too_much = bytes > options_.history_bytes && day < today;
        if (!too_old && !too_much) continue;
        bytes -= std::min(bytes, bytes_of_day(file));
        remove_day(file);
        log::info("day purged file={} reason={}", file.filename().string(), too_old ? "age" : "size");
    }
    history_bytes_ = bytes;
    return {};
}

}  // namespace tidegate::store

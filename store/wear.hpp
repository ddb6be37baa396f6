#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

struct sqlite3_file;

namespace tidegate::store {

// Why something is written to the card.
enum class Cause : std::uint8_t {
    commit,      // to the log's WAL
    checkpoint,  // from there into log.db itself
    history,     // sealed chunks
    meta,        // the series' names
    other,
};
inline constexpr std::size_t cause_count = 5;
std::string_view to_string(Cause cause);  // "commit", …

// In bytes that reach the device: whole pages of 4 KiB, each once between two syncs of its file. What the
// file system writes beside them (its journal, inodes) is not in it, nor are SQLite's -shm files, which are
// mapped.
struct Wear {
    std::array<std::uint64_t, cause_count> bytes{};  // since start
    std::uint64_t total = 0;                         // since the data directory was made
    std::uint64_t per_day = 0;  // at the rate of the last 24 hours, or since start; 0: not known yet
};

// Days until `endurance` bytes are written, at the present rate; none: not known, or `endurance` is 0.
std::optional<std::uint64_t> days_left(const Wear& wear, std::uint64_t endurance);

// Counts what SQLite writes to the files of one directory. Database opens every file through a VFS of ours,
// which tells the meter of the file's directory, if there is one. A meter lives longer than every connection
// to a file of its directory that was opened while it lived; there is one at most for a directory. Any
// thread.
class WearMeter {
public:
    explicit WearMeter(const std::filesystem::path& directory);  // which exists
    ~WearMeter();
    WearMeter(const WearMeter&) = delete;
    WearMeter& operator=(const WearMeter&) = delete;

    static const char* vfs();  // name of the VFS that counts, for sqlite3_open_v2

    void go_on_from(std::uint64_t total) { total_before_ = total; }  // of the runs before; before any reading
    void look(std::int64_t boot_ms);  // now and then, so that per_day has a beginning
    Wear read() const;
    std::uint64_t total() const;                            // as in Wear
    std::uint64_t log_syncs() const { return log_syncs_; }  // of the log's WAL, that succeeded

    const std::filesystem::path& directory() const { return directory_; }
    void count(Cause cause, std::uint64_t bytes);
    void count_log_sync() { ++log_syncs_; }

private:
    std::uint64_t since_start() const;

    std::filesystem::path directory_;
    std::array<std::atomic<std::uint64_t>, cause_count> bytes_{};
    std::atomic<std::uint64_t> log_syncs_ = 0;
    std::uint64_t total_before_ = 0;

    struct Sample {
        std::int64_t boot_ms;
        std::uint64_t bytes;
    };
    mutable std::mutex mutex_;    // the samples
    std::deque<Sample> samples_;  // of the last 24 hours, oldest first
    Sample latest_{};
};

// Of a file that was opened through the VFS (another one, or null, is left as it is): its small reads are
// made by large ones (read_ahead.hpp), until it is said that they are not.
void read_ahead(sqlite3_file* file, bool wanted);

}  // namespace tidegate::store

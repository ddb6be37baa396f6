#pragma once

#include "store/batch_codec.hpp"
#include "store/books.hpp"
#include "store/database.hpp"
#include "store/store.hpp"

#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::store {

// What is committed beside the readings, in the same row: where the ring stood, the accounts, the cursors.
struct LogState {
    IntakePositions intake;  // 255 at most
    Books books;
    std::vector<UpstreamBooks> upstreams;
    std::uint64_t written = 0;  // bytes to the card since the directory was made, in whole pages
    SeriesId series = 0;        // the highest id that was in meta.db: a meta.db that was lost is found out

    std::string encode() const;
    static Result<LogState> decode(std::string_view bytes);
};

// What a commit drops from the log: what nobody needs any more, a bounded number of rows a commit, and, where
// the log is too large, one whole round that is owed to an upstream and can be read from its sealed file.
struct Trim {
    std::uint64_t through = 0;           // rows up to and including this seq
    std::uint64_t after = 0, until = 0;  // all rows with after < seq <= until
};

enum class Sync { normal, full };  // whether a commit returns only when it is on the disk

// log.db: every commit group one row, in the order of arrival; the outbox of every upstream and the crash log
// of what is not sealed yet. Used by the writer thread; upstreams read it through LogReader.
class Log {
public:
    static constexpr std::uint32_t checkpoint_frames = 8000;  // 4 MiB, which the WAL has from the start

    static Result<Log> open(const std::filesystem::path& file);

    // Opens the file anew where it was opened on a read-only file system. Errors: it is still so.
    Result<> thaw();

    // What is wrong with it as a file, a line a fault; nothing of it is changed. Any thread.
    static Result<std::vector<std::string>> check(const std::filesystem::path& file);

    // Sets a damaged log aside and makes one of what can be read: the batches that pass their checksum, the
    // newest readable state. Its seqs go on beyond all that are known, `given_seq` among them; where the
    // newest ones are not known, it has a new epoch. Gives a line on what was kept.
    static Result<std::string> salvage(const std::filesystem::path& file, std::uint64_t given_seq);

    std::uint64_t epoch() const { return epoch_; }
    std::uint64_t last_seq() const { return last_seq_; }
    std::uint64_t horizon() const;  // a reader that starts after this seq finds every reading from there on
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t bytes_after(std::uint64_t seq) const;     // of the rows that have a later one
    const LogState& restored() const { return restored_; }  // as the last run committed it
    const BatchClock& last_clock() const
    {
        return last_clock_;
    }  // of the newest batch that was there at open

    // For a run whose seqs a power cut may take back: another epoch, which is never written down.
    void draw_epoch();

    // One transaction: the readings (in order of series) get the seqs after last_seq(), `state` goes with
    // them, and what `trim` says goes.
    Result<> commit(std::span<const Reading* const> readings,
                    const LogState& state,
                    const Trim& trim,
                    Sync sync,
                    const BatchClock& clock);

    // Every batch kept, as it was committed, in order, on the calling thread. Damaged ones are counted and
    // passed over: gives how many.
    Result<std::size_t> replay(const std::function<void(DecodedBatch)>& take);

    // The offset (wall - boot clock) of a boot as the first batch after `seq` has it that was committed with
    // the clock set; none: it never was. Rows go oldest first, so that it is there as long as anything it is
    // to put right.
    Result<std::optional<std::int64_t>> offset_after(std::uint64_t seq, std::uint64_t boot);
    static Result<std::optional<std::int64_t>> offset_after(Database& database,
                                                            std::uint64_t seq,
                                                            std::uint64_t boot);

private:
    struct Row {
        std::uint64_t seq;
        std::uint64_t bytes;
    };

    static Result<Database> open_database(const std::filesystem::path& file);
    Result<> prepare(Database database);
    Result<> restore();
    Result<> read_rows();
    Result<> write(std::span<const Reading* const> readings,
                   const LogState& state,
                   std::uint64_t last,
                   const BatchClock& clock);
    Result<std::size_t> trim_rows(std::uint64_t through);  // how many rows went, of the first
    Result<> drop_round(const Trim& trim);
    void forget_round(const Trim& trim);
    Result<> set_sync(Sync sync);
    Result<> mend();
    void suspect();
    void checkpoint();

    std::filesystem::path file_;
    Database database_;
    Statement insert_, update_, trim_, drop_;
    std::deque<Row> rows_;  // of the table, oldest first: what trimming frees is known without asking
    LogState restored_;
    std::uint64_t epoch_ = 0;
    std::uint64_t last_seq_ = 0;
    std::uint64_t bytes_ = 0;
    BatchClock last_clock_;
    Sync sync_ = Sync::normal;

    // After a failed sync Linux takes what it could not write for written, and the next sync succeeds without
    // it. So what is not on the disk for certain is written once more before anything is built on it.
    bool suspect_ = false;
    std::uint32_t synced_frames_ = 0;  // of the WAL, on the disk for certain
    std::uint32_t moved_frames_ = 0;   // into the file, by a checkpoint that was not whole: not synced there
    std::uint32_t checkpoint_at_ = checkpoint_frames;
};

}  // namespace tidegate::store

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
    std::optional<IntakePosition> intake;
    Books books;
    std::vector<UpstreamBooks> upstreams;
    std::uint64_t written = 0;  // bytes to the card since the directory was made, in whole pages

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
    static Result<Log> open(const std::filesystem::path& file);

    std::uint64_t epoch() const { return epoch_; }
    std::uint64_t last_seq() const { return last_seq_; }
    std::uint64_t horizon() const;  // a reader that starts after this seq finds every reading from there on
    std::uint64_t bytes() const { return bytes_; }
    const LogState& restored() const { return restored_; }  // as the last run committed it
    const BatchClock& last_clock() const
    {
        return last_clock_;
    }  // of the newest batch that was there at open

    // For a run whose seqs a power cut may take back: another epoch, which is never written down.
    void draw_epoch();

    // One transaction: the readings (sorted by series) get the seqs after last_seq(), `state` goes with them,
    // and what `trim` says goes.
    Result<> commit(std::span<const Reading> readings,
                    const LogState& state,
                    const Trim& trim,
                    Sync sync,
                    const BatchClock& clock);

    // Every batch kept, as it was committed. A damaged one is counted and passed over.
    Result<std::size_t> replay(const std::function<void(DecodedBatch)>& take);

    // The offset (wall - boot clock) of a boot as the first batch after `seq` has it that was committed with
    // the clock set; none: it never was. Rows go oldest first, so that it is there as long as anything it is
    // to put right.
    Result<std::optional<std::int64_t>> offset_after(std::uint64_t seq, std::uint64_t boot);

private:
    struct Row {
        std::uint64_t seq;
        std::uint64_t bytes;
    };

    Result<> prepare(Database database);
    Result<> restore();
    Result<> read_last_clock();
    Result<> write(std::span<const Reading> readings,
                   const LogState& state,
                   std::uint64_t last,
                   const BatchClock& clock);
    Result<std::size_t> trim_rows(std::uint64_t through);  // how many rows went, of the first
    Result<> drop_round(const Trim& trim);
    void forget_round(const Trim& trim);
    Result<> set_sync(Sync sync);

    Database database_;
    Statement insert_, update_, trim_, drop_;
    std::deque<Row> rows_;  // of the table, oldest first: what trimming frees is known without asking
    LogState restored_;
    std::uint64_t epoch_ = 0;
    std::uint64_t last_seq_ = 0;
    std::uint64_t bytes_ = 0;
    BatchClock last_clock_;
    Sync sync_ = Sync::normal;
};

}  // namespace tidegate::store

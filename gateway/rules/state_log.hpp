#pragma once

#include "gateway/rules/state_record.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidegate::gateway {

struct StateLogOptions {
    std::filesystem::path directory;   // the runtime directory, where the intake rings are
    std::vector<std::uint64_t> rings;  // ids of those that batches come from in this run

    // Positions that the store has committed: its state().intake, as it is at the call. Called in the
    // constructor, before rings are retired, and now and then by seal().
    std::function<store::IntakePositions()> committed;

    std::size_t bytes = 4UL * 1024 * 1024;  // a file that has grown by so much is written anew

    // On the disk, for a stop that a reboot may follow; see keep(). Empty: nowhere.
    std::filesystem::path kept{};
};

// What the stages of the pipeline know beside what the store has (open windows, open summaries, alarms),
// over a `kill -9`, in step with the store: a start finds it exactly as it was behind the last batch that was
// committed, and the messages after that come again from the rings (docs/decisions/0020).
//
// It is a redo log beside the rings: a record a batch, with the place behind the batch and the states that it
// changed. Nothing is forced onto a disk: a power cut takes it, as it takes the rings. Where it is gone,
// damaged, or not of this store, there is no state; lost() says so, and the log why. A reboot that was asked
// for takes the runtime directory too: for that keep() leaves the state on the disk.
//
// Use: change states with put() and erase(), seal() with the position that the batch carries, and append the
// batch to the store after that, in the same order. A batch that comes from no ring (a timer made it) carries
// next_position(). Never fails: where nothing can be written, states are kept in memory alone, and the log
// says so. Used by one thread.
class StateLog {
public:
    explicit StateLog(StateLogOptions options);

    // At the start there was no state, and it is so again until the first seal().
    bool lost() const { return lost_; }

    // As restored, or as put since.
    void each(StateKind kind, const std::function<void(const StateKey&, std::string_view)>& told) const;

    void put(const StateKey& key, std::string_view bytes);
    void erase(const StateKey& key);
    void seal(const store::IntakePosition& position);

    // At the end, behind the last seal(): writes all of it to the disk, in one file that only the next start
    // uses. Does nothing where the store has not committed all that was sealed.
    void keep();

    // Of a batch that no message makes. The store must not retire id().
    store::IntakePosition next_position() { return {id_, ++timed_}; }
    std::uint64_t id() const { return id_; }  // drawn in each run

    std::uint64_t bytes() const;  // of its files

private:
    struct Hash {
        std::size_t operator()(const StateKey& key) const;
    };
    struct State {
        std::string bytes;
        bool changed = false;
    };
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    struct Segment {
        std::filesystem::path file;
        store::IntakePositions base;  // what it begins with holds when the store has come so far
        std::uint64_t bytes = 0;
        std::uint64_t base_bytes = 0;
    };
    std::string base() const;
    void restore(const store::IntakePositions& committed);
    bool restore_from(const std::filesystem::path& file, const store::IntakePositions& committed);
    void apply(const StateRecord& record);
    bool begin_segment();
    void drop_old_segments();
    bool write(const std::string& record);
    void give_up();
    std::string changes(const store::IntakePosition& position);

    StateLogOptions options_;
    std::uint64_t id_;
    std::uint64_t timed_ = 0;  // batches of the timer
    bool lost_ = true;
    std::unordered_map<StateKey, State, Hash> states_;
    std::vector<StateKey> changed_;
    store::IntakePositions sealed_;           // the last of each ring
    std::vector<Segment> segments_;           // the last one is written to
    std::uint32_t number_ = 0;                // of the last file
    std::unique_ptr<std::FILE, Close> file_;  // none: nothing can be written
    std::uint64_t unasked_bytes_ = 0;         // written since committed() was asked
    std::int64_t tried_ms_ = 0;               // boot clock, to begin a file; 0: not yet
};

}  // namespace tidegate::gateway

#pragma once

#include "base/error.hpp"
#include "store/reading.hpp"
#include "store/side_file.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::store {

enum class Severity : std::uint8_t { info, warning, critical };
inline constexpr std::size_t severities = 3;
std::string_view to_string(Severity severity);

// One time that a rule's condition was met by a series. (rule, series, since_ms) names it for ever.
struct Alarm {
    std::uint64_t id = 0;  // given by the book, rising
    std::string rule;
    SeriesId series = 0;
    Severity severity = Severity::warning;
    std::string kind;             // "above", "below", "rate", "equals", "stale"
    std::string limit;            // as the rule says it: "30", "2/min", "open", "10min"
    std::string text;             // as the rule says it, filled in; empty: it says nothing
    Value value;                  // when it was raised; of "stale" the seconds of silence
    std::int64_t since_ms = 0;    // the condition began; of "stale": it was last heard
    std::int64_t raised_ms = 0;   // the condition had held long enough
    std::int64_t cleared_ms = 0;  // 0: it is still on
    std::string cleared_by{};     // "value"; "configuration": no rule asks for it any more; "replaced": by a
                                  // newer one, which may bring it back while readings come again from a ring
    std::int64_t acknowledged_ms = 0;
    std::string acknowledged_by{}, note{};
    bool flapping = false;        // it came and went so often that it stays on until it has been quiet
    bool unsynchronised = false;  // its times were taken before the clock of that boot was set
};

enum class AlarmState : std::uint8_t { open, acknowledged, cleared };
std::string_view to_string(AlarmState state);
AlarmState state_of(const Alarm& alarm);

struct AlarmCounts {
    std::uint64_t open = 0, acknowledged = 0;             // that are on
    std::array<std::uint64_t, severities> by_severity{};  // of those that are open
    std::uint64_t raised = 0;                             // since start
    std::uint64_t revision = 0;                           // another one with each change
};

// alarms.db: which alarms are on, who has acknowledged them, and which there were. What is on is in memory as
// well, so that a disk that is full or read-only hides none; what could not be written is written later. Any
// thread; each call that is not said to be quick reads or writes a file.
class AlarmBook {
public:
    struct Bounds {
        std::size_t cleared = 10'000;              // beyond it the oldest go
        std::int64_t age_ms = 400LL * 86'400'000;  // of those that have cleared
        std::size_t unwritten = 10'000;            // kept in memory for a disk that takes nothing
        unsigned trim_every = 100;                 // writes
        std::int64_t retry_ms = 10'000;            // between two attempts to write to such a disk
    };
    explicit AlarmBook(const std::filesystem::path& directory) : AlarmBook(directory, Bounds()) {}
    AlarmBook(const std::filesystem::path& directory, Bounds bounds);

    // Each alarm as it is now: new, changed or cleared. One that is known (rule, series, since_ms) is not
    // entered again, keeps its acknowledgement, and once cleared stays so; but one of the same rule and
    // series ends others that are on. All of them at once; after a failure not before Bounds::retry_ms.
    // `now_ms` for their age; 0: the clock is not to be believed, none goes by age. Never fails: a file that
    // cannot be written is a warning in the log.
    void put(std::vector<Alarm> alarms, std::int64_t now_ms);
    void write_what_is_left();  // quick when nothing is

    // Who says that an alarm was seen; one that is acknowledged already stays as it is. Errors: not_found,
    // and those of the file: then nothing is acknowledged.
    Result<Alarm> acknowledge(std::uint64_t id,
                              const std::string& by,
                              const std::string& note,
                              std::int64_t now_ms);

    std::vector<Alarm> on() const;  // quick: open and acknowledged, the newest first

    // That have cleared, the newest first, with ids below `before` unless that is 0.
    Result<std::vector<Alarm>> cleared(std::uint64_t before, std::size_t limit);

    AlarmCounts counts() const;                           // quick
    std::uint64_t revision() const { return revision_; }  // quick

private:
    using Key = std::pair<std::string, SeriesId>;

    Result<> load(Database& database);
    Result<> write(Database& database, std::vector<Alarm>& alarms);
    Result<> replace_others(Database& database, const Alarm& alarm);
    Result<> trim(Database& database);
    void remember(const Alarm& alarm);
    void adopt(const Alarm& alarm);
    Result<> write_left();  // with mutex_ held
    bool rests() const;     // it failed a moment ago

    Bounds bounds_;
    std::mutex mutex_;  // of the file, and of what is left to be written
    SideFile file_;
    std::vector<Alarm> left_;
    std::atomic<bool> has_left_ = false;  // says so without the lock
    std::int64_t failed_ms_ = 0;          // boot clock, of the last attempt; 0: it was written
    bool loaded_ = false;                 // so that ids go on behind those in the file
    unsigned until_trim_ = 0;             // writes
    std::uint64_t next_id_ = 1;
    std::int64_t age_from_ms_ = 0;
    mutable std::mutex on_mutex_;  // held for a copy
    std::map<Key, Alarm> on_;
    std::uint64_t raised_ = 0;
    std::atomic<std::uint64_t> revision_ = 1;
};

}  // namespace tidegate::store

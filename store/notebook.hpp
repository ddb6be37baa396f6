#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace tidegate::store {

// Small things that people see and that nobody is owed, to outlive a restart: what the last day was like,
// since when a device is there, how often a series is heard. Texts by key. What is new lies in a small file
// beside the rings, which outlives a kill; each ten minutes, and at the end, it is added to one beside the
// store, unsynced: the file system writes it with what it writes anyhow. A power cut takes ten minutes of it
// at most.
//
// Format (both files): a line `key TAB text` for each thing that was put, `key` alone for what was taken out;
// the last line of a key counts, and a line without an end is none. docs/decisions/0034.
//
// Any thread. A file that cannot be written is tried again; it is said once.
class Notebook {
public:
    struct Options {
        std::filesystem::path kept;     // the file beside the store
        std::filesystem::path fresh{};  // that beside the rings; empty: there is none
        std::int64_t kept_every_ms = 600'000;
        std::int64_t fresh_every_ms = 10'000;
        std::size_t most_bytes = 16UL * 1024 * 1024;  // of either file; more is none of ours
    };
    explicit Notebook(Options options);  // reads what there is

    // `key` and `text` have neither a line's end nor, the key, a tab: one that has is not taken.
    void put(std::string_view key, std::string_view text);
    void take_out(std::string_view key);
    std::string find(std::string_view key) const;  // empty: there is none

    // Those whose keys begin so, in order of the keys; `visit` must not come back to the notebook.
    void each(std::string_view prefix,
              const std::function<void(std::string_view key, std::string_view text)>& visit) const;

    // Writes what is due; once a second or so, on a thread that may wait for the card. Boot clock.
    void look(std::int64_t boot_ms);
    void close();  // writes all that is new beside the store

private:
    using Entries = std::map<std::string, std::string, std::less<>>;

    void read(const std::filesystem::path& file, bool kept);
    void note(std::string_view key, std::string_view line);
    bool save_fresh(const Entries& news) const;
    bool keep(const Entries& news);
    bool rewrite();
    void told(bool written, const std::filesystem::path& file);

    const Options options_;

    std::mutex file_mutex_;       // one writes at a time; before the other
    std::size_t kept_lines_ = 0;  // in the file
    bool whole_ = true;           // the last line of the file has its end
    bool trouble_ = false;        // it could not be written, which was said

    mutable std::mutex mutex_;  // what follows
    Entries entries_;
    Entries news_;                             // whole lines by key, that are not kept yet
    bool saved_ = true;                        // of them the fresh file has all
    std::int64_t saved_ms_ = 0, kept_ms_ = 0;  // boot clock; 0: not looked yet
};

}  // namespace tidegate::store

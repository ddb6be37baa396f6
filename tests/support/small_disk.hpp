#pragma once

#include "support/temp_dir.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace tidegate::tests {

// A file system of a few megabytes in memory, seen by this process alone: it goes into a mount namespace of
// its own, for which it needs to be root or to be allowed a user namespace.
class SmallDisk {
public:
    explicit SmallDisk(std::uint64_t bytes);  // throws when possible() is not empty
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    // Why it cannot be done here; empty: it can. Enters the namespace, so no thread may run yet.
    static std::string impossible();

    const std::filesystem::path& path() const { return directory_.path(); }
    std::uint64_t free_bytes() const;

    // Works only while no file on it is open for writing.
    void set_read_only(bool on);

private:
    TempDir directory_;
};

// Somebody else who eats all the room there is on a disk, and what becomes free.
class Filler {
public:
    explicit Filler(const SmallDisk& disk);
    ~Filler();  // gives the room back
    Filler(const Filler&) = delete;
    Filler& operator=(const Filler&) = delete;

private:
    void eat() const;

    std::filesystem::path file_;
    int descriptor_;
    std::jthread thread_;  // last: ends before what it uses
};

// A disk that goes read-only under open files, as a file system does after an error, and which no remount can
// do on purpose: whatever SQLite would write there gets EROFS. Made before the store is opened; one at a
// time.
class ReadOnlyDisk {
public:
    explicit ReadOnlyDisk(const std::filesystem::path& directory);
    ~ReadOnlyDisk();
    ReadOnlyDisk(const ReadOnlyDisk&) = delete;
    ReadOnlyDisk& operator=(const ReadOnlyDisk&) = delete;

    static void set(bool on);  // any thread
};

}  // namespace tidegate::tests

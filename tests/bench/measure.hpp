#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

// The means of tidegate_store_bench: clocks, counters of the kernel, a disk of its own, and the table.
namespace tidegate::bench {

double wall_seconds();
double process_cpu_seconds();
double thread_cpu_seconds();

// Of any process, from /proc; 0 when it is gone.
double cpu_seconds_of(int process);

// In bytes, from /proc/PID/status. 0: this process.
struct Memory {
    std::uint64_t resident = 0;
    std::uint64_t anonymous = 0;
    std::uint64_t most = 0;  // resident, since the start or since forget_most()
};
Memory memory_of(int process = 0);
void forget_most();

// The wall clock as this process sees it (CLOCK_REALTIME): once set, it stands until it is set again. So a
// store can be fed a month in minutes and closes its buckets when they are over.
void set_wall_clock_ms(std::int64_t now_ms);

// What is written below a directory: to the device, when that is a loop device, which then must be ours
// alone; else what the kernel says that the process (0: this one) caused to be written.
class Written {
public:
    explicit Written(const std::filesystem::path& directory, int process = 0);

    std::uint64_t bytes() const;  // now, after a sync of the file system; 0 where it cannot be told
    std::string means() const;    // what is counted, for people

private:
    std::filesystem::path directory_, device_, process_;
};

// What this process has handed to write(2) and its like, to any file.
std::uint64_t bytes_passed_to_write();

// A directory that is gone at the end. On an ext4 of its own on a loop device if that is wanted and may be
// made, which is for root; mounted where no other process sees it, so that it goes with this one whatever
// happens.
class Scratch {
public:
    static Result<Scratch> make(const std::filesystem::path& parent, bool own_disk, std::uint64_t disk_bytes);
    Scratch(Scratch&& other) noexcept;
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch();

    std::filesystem::path path() const { return mounted_ ? root_ / "disk" : root_; }

private:
    Result<> mount_disk(std::uint64_t bytes);
    explicit Scratch(std::filesystem::path root) : root_(std::move(root)) {}
    std::filesystem::path root_;
    bool mounted_ = false;
};

// From now on SIGINT, SIGTERM and SIGHUP do not end this process, but the program that it runs.
void pass_on_signals();
bool was_interrupted();

// Runs a program to its end; its standard output is dropped. What it exited with, 128 + N for signal N.
int run_program(const std::vector<std::string>& arguments);

// Disk space of the files of a directory, by kind: "log", "day", "minute" …, by what their names begin with.
struct Space {
    std::uint64_t length = 0;  // st_size
    std::uint64_t blocks = 0;  // st_blocks * 512
};
std::map<std::string, Space> space_of(const std::filesystem::path& directory);
Space sum(const std::map<std::string, Space>& kinds);

double median(std::vector<double> values);

// A line on stderr that renews itself on a terminal, and appears every ten seconds elsewhere.
class Progress {
public:
    explicit Progress(std::string what);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    void at(double share, const std::string& more = {});

private:
    std::string what_;
    bool terminal_;
    double started_, last_;
    bool said_ = false;
};

}  // namespace tidegate::bench

#pragma once

#include "support/shim_vfs.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

// What a directory may look like after a power cut. CrashVfs writes down what SQLite does to the files of one
// directory; Disk plays that back as far as one likes and puts the directory out as the disk could hold it at
// that moment.
//
// The model. What a file was at its last sync is safe. Of what came since, every write and every truncate is
// kept, dropped, or torn at the disk's sectors of 512 bytes, and a gap that a dropped write leaves reads as
// zeros. A name that came or went since the directory was last synced may or may not be there, whatever
// became of the file. Bytes that no write touched stay as they are (SQLite's "power-safe overwrite").
//
// Not modelled: shared memory (SQLite makes it anew), files that the store writes without SQLite (they are
// missing after the cut), a disk that lies about a sync, and bits that rot in what was safe.
namespace tidegate::tests {

struct DiskOp {
    enum class Kind : std::uint8_t {
        create,
        remove,
        write,
        truncate,
        sync,
        failed_sync,  // the kernel forgets what was unsynced: the next sync succeeds without it
        sync_directory,
    };
    Kind kind = Kind::write;
    std::string file;  // its name in the directory; empty for the directory itself
    std::string bytes;
    std::int64_t offset = 0;  // of a write; the new length of a truncate
    std::chrono::steady_clock::time_point at;
};

class CrashVfs : public ShimVfs {
public:
    explicit CrashVfs(const std::filesystem::path& directory);  // which exists; files below it are not seen
    ~CrashVfs() override;

    std::size_t position() const;  // how many operations there were so far
    std::vector<DiskOp> take();    // all of them; the record starts anew

    // The next `count` syncs of files whose name ends so fail with an I/O error.
    void fail_syncs(std::string name_end, int count);

    // Called by the process' fsync() and fdatasync(), which are ours: SQLite syncs directories behind its
    // VFS.
    void synced(int descriptor);

private:
    int before(const FileCall& call) override;
    void after(const FileCall& call) override;
    std::string name_of(const FileCall& call) const;  // empty: none of ours
    void add(DiskOp::Kind kind, std::string file, std::string_view bytes, std::int64_t offset);

    std::string directory_;  // with a slash at its end
    ::dev_t device_ = 0;
    ::ino_t inode_ = 0;
    mutable std::mutex mutex_;
    std::vector<DiskOp> ops_;
    std::string failing_;
    int syncs_to_fail_ = 0;
};

enum class Loss : std::uint8_t {
    nothing,             // the cut came when all was written
    all,                 // nothing that was not synced is there
    any,                 // each write is there or not, by the throw of a coin
    all_after_one_torn,  // they are there up to one that is torn
    mixed,               // each file has its own of these
};

class Disk {
public:
    explicit Disk(const std::filesystem::path& start);  // what is there now is safe

    // `op` must live as long as the disk.
    void apply(const DiskOp& op);

    // Into an empty directory that exists.
    void put_out(Loss loss, std::mt19937_64& random, const std::filesystem::path& directory) const;

private:
    struct File {
        std::string safe;
        std::vector<const DiskOp*> unsynced;
    };
    struct Renaming {
        std::string name;
        int file = 0;  // 0: the name went
    };

    void rename(const std::string& name, int file);
    std::map<std::string, int> names_after(Loss loss, std::mt19937_64& random) const;

    std::map<int, File> files_;
    std::map<std::string, int> names_;       // as a process sees them
    std::map<std::string, int> safe_names_;  // as of the last sync of the directory
    std::vector<Renaming> unsynced_names_;
    int last_file_ = 0;
};

}  // namespace tidegate::tests

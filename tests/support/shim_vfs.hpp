#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string_view>

namespace tidegate::tests {

enum class FileOp { open, read, write, truncate, sync, remove, map };

// One thing that SQLite asks of its file system.
struct FileCall {
    FileOp op = FileOp::open;
    std::string_view file;    // its full path; empty: a temporary file without a name
    std::string_view bytes;   // of a write
    std::int64_t offset = 0;  // of a read or a write; the new length of a truncate
    bool creates = false;     // an open of what was not there
};

// A VFS on top of SQLite's own for Unix, and the default one while it lives: every database that is opened
// without the name of a VFS goes through it. One at a time, and every database is closed before it ends.
// Its hooks are called by any thread. Files are never mapped into memory, so that every write is seen.
class ShimVfs {
public:
    ShimVfs();
    virtual ~ShimVfs();
    ShimVfs(const ShimVfs&) = delete;
    ShimVfs& operator=(const ShimVfs&) = delete;

protected:
    // Anything but SQLITE_OK is what SQLite gets in place of the call.
    virtual int before(const FileCall& call);
    virtual void after(const FileCall& call);  // it was done

private:
    struct Callbacks;
    sqlite3_vfs* real_;
    sqlite3_vfs shim_;
};

}  // namespace tidegate::tests

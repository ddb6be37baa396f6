#include "support/shim_vfs.hpp"

#include <unistd.h>

#include <stdexcept>

namespace tidegate::tests {

namespace {

// Lies at the head of the memory that SQLite gives for a file; the real VFS' own file follows it.
struct ShimFile {
    sqlite3_file base;
    ShimVfs* vfs;
    const char* name;  // SQLite keeps it until the file is closed
};

}  // namespace

// What SQLite calls. Friends of ShimVfs by nesting.
struct ShimVfs::Callbacks {
    static ShimFile& shim(sqlite3_file* file) { return *reinterpret_cast<ShimFile*>(file); }
    static sqlite3_file* real(sqlite3_file* file)
    {
        return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(ShimFile));
    }
    static const sqlite3_io_methods& methods(sqlite3_file* file) { return *real(file)->pMethods; }
    static std::string_view view(const char* name)
    {
        return name == nullptr ? std::string_view{} : std::string_view(name);
    }

    template <class Call>
    static int pass(ShimVfs& vfs, const FileCall& told, const Call& call)
    {
        if (const int refused = vfs.before(told); refused != SQLITE_OK) return refused;
        const int code = call();
        if (code == SQLITE_OK) vfs.after(told);
        return code;
    }

    static int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out);
    static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory);

    static int close(sqlite3_file* file)
    {
        const int code = methods(file).xClose(real(file));
        file->pMethods = nullptr;
        return code;
    }
    static int read(sqlite3_file* file, void* to, int count, sqlite3_int64 offset)
    {
        auto& the = shim(file);
        return pass(*the.vfs, {FileOp::read, view(the.name), {}, offset, false},
                    [&] { return methods(file).xRead(real(file), to, count, offset); });
    }
    static int write(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset)
    {
        auto& the = shim(file);
        const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(count));
        return pass(*the.vfs, {FileOp::write, view(the.name), bytes, offset, false},
                    [&] { return methods(file).xWrite(real(file), from, count, offset); });
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size)
    {
        auto& the = shim(file);
        return pass(*the.vfs, {FileOp::truncate, view(the.name), {}, size, false},
                    [&] { return methods(file).xTruncate(real(file), size); });
    }
    static int sync(sqlite3_file* file, int flags)
    {
        auto& the = shim(file);
        return pass(*the.vfs, {FileOp::sync, view(the.name), {}, 0, false},
                    [&] { return methods(file).xSync(real(file), flags); });
    }
    static int map(sqlite3_file* file, int region, int size, int extend, volatile void** out)
    {
        auto& the = shim(file);
        return pass(*the.vfs, {FileOp::map, view(the.name), {}, 0, false},
                    [&] { return methods(file).xShmMap(real(file), region, size, extend, out); });
    }

    static int size(sqlite3_file* file, sqlite3_int64* out)
    {
        return methods(file).xFileSize(real(file), out);
    }
    static int lock(sqlite3_file* file, int level) { return methods(file).xLock(real(file), level); }
    static int unlock(sqlite3_file* file, int level) { return methods(file).xUnlock(real(file), level); }
    static int reserved(sqlite3_file* file, int* out)
    {
        return methods(file).xCheckReservedLock(real(file), out);
    }
    static int control(sqlite3_file* file, int what, void* argument)
    {
        return methods(file).xFileControl(real(file), what, argument);
    }
    static int sector_size(sqlite3_file* file) { return methods(file).xSectorSize(real(file)); }
    static int traits(sqlite3_file* file) { return methods(file).xDeviceCharacteristics(real(file)); }
    static int map_lock(sqlite3_file* file, int offset, int count, int flags)
    {
        return methods(file).xShmLock(real(file), offset, count, flags);
    }
    static void map_barrier(sqlite3_file* file) { methods(file).xShmBarrier(real(file)); }
    static int unmap(sqlite3_file* file, int remove) { return methods(file).xShmUnmap(real(file), remove); }

    // Version 2: with shared memory for the WAL, without xFetch, which would map the file itself.
    static constexpr sqlite3_io_methods table{.iVersion = 2,
                                              .xClose = close,
                                              .xRead = read,
                                              .xWrite = write,
                                              .xTruncate = truncate,
                                              .xSync = sync,
                                              .xFileSize = size,
                                              .xLock = lock,
                                              .xUnlock = unlock,
                                              .xCheckReservedLock = reserved,
                                              .xFileControl = control,
                                              .xSectorSize = sector_size,
                                              .xDeviceCharacteristics = traits,
                                              .xShmMap = map,
                                              .xShmLock = map_lock,
                                              .xShmBarrier = map_barrier,
                                              .xShmUnmap = unmap,
                                              .xFetch = nullptr,
                                              .xUnfetch = nullptr};
};

int ShimVfs::Callbacks::open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out)
{
    auto& owner = *static_cast<ShimVfs*>(vfs->pAppData);
    file->pMethods = nullptr;  // until it is open there is nothing to close
    auto& the = shim(file);
    the.vfs = &owner;
    the.name = name;
    const bool creates = name != nullptr && (flags & SQLITE_OPEN_CREATE) != 0 && ::access(name, F_OK) != 0;
    const int code = pass(owner, {FileOp::open, view(name), {}, 0, creates},
                          [&] { return owner.real_->xOpen(owner.real_, name, real(file), flags, out); });
    if (code == SQLITE_OK) file->pMethods = &table;
    return code;
}

// Told before it is done: with `sync_directory` the directory is put onto the disk behind it.
int ShimVfs::Callbacks::remove(sqlite3_vfs* vfs, const char* name, int sync_directory)
{
    auto& owner = *static_cast<ShimVfs*>(vfs->pAppData);
    const FileCall call{FileOp::remove, view(name), {}, 0, false};
    if (const int refused = owner.before(call); refused != SQLITE_OK) return refused;
    owner.after(call);
    return owner.real_->xDelete(owner.real_, name, sync_directory);
}

ShimVfs::ShimVfs() : real_(sqlite3_vfs_find("unix")), shim_{}
{
    if (real_ == nullptr) throw std::runtime_error("SQLite has no VFS of the name unix");
    shim_ = *real_;
    shim_.szOsFile = static_cast<int>(sizeof(ShimFile)) + real_->szOsFile;
    shim_.pNext = nullptr;
    shim_.zName = "tidegate-shim";
    shim_.pAppData = this;
    shim_.xOpen = Callbacks::open;
    shim_.xDelete = Callbacks::remove;
    if (sqlite3_vfs_register(&shim_, 1) != SQLITE_OK) throw std::runtime_error("the VFS was not taken");
}

ShimVfs::~ShimVfs()
{
    sqlite3_vfs_register(real_, 1);
    sqlite3_vfs_unregister(&shim_);
}

int ShimVfs::before(const FileCall& /*call*/)
{
    return SQLITE_OK;
}

void ShimVfs::after(const FileCall& /*call*/) {}

}  // namespace tidegate::tests

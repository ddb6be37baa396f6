#include "store/wear.hpp"

#include "store/frame_buffer.hpp"
#include "store/read_ahead.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::store {

namespace {

constexpr std::int64_t page_bytes = 4096;  // what a file system writes at least
constexpr std::int64_t sample_every_ms = 30LL * 60 * 1000;
constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
constexpr std::int64_t shortest_ms = 10LL * 60 * 1000;  // a rate over less is that of the start

Cause cause_of(std::string_view name)
{
    if (name == "log.db-wal") return Cause::commit;
    if (name.starts_with("log.db")) return Cause::checkpoint;
    if (name.starts_with("meta.db")) return Cause::meta;
    if (name.find(".db") != std::string_view::npos) return Cause::history;
    return Cause::other;
}

// The pages of a file that were written since its last sync, in order. Almost always they are written in
// order, too.
class DirtyPages {
public:
    std::uint64_t add(std::int64_t offset, std::int64_t count)  // how many were not there
    {
        std::uint64_t fresh = 0;
        for (auto page = offset / page_bytes; page <= (offset + count - 1) / page_bytes; ++page) {
            if (!pages_.empty() && pages_.back() == page) continue;
            const auto at = pages_.empty() || pages_.back() < page
                                ? pages_.end()
                                : std::lower_bound(pages_.begin(), pages_.end(), page);
            if (at != pages_.end() && *at == page) continue;
            pages_.insert(at, page);
            ++fresh;
        }
        return fresh;
    }
    void clear() { pages_.clear(); }

private:
    std::vector<std::int64_t> pages_;
};

// Made in the memory that SQLite gives for a file; used by the one thread that has the connection.
struct CountedFile : sqlite3_file {
    std::unique_ptr<std::byte[]> memory;  // of the real VFS' file
    WearMeter* meter = nullptr;           // null: of no directory that is counted
    Cause cause = Cause::other;
    DirtyPages dirty;
    FrameBuffer frames;  // of the log's WAL
    std::optional<ReadAhead> ahead;

    sqlite3_file* real() const { return reinterpret_cast<sqlite3_file*>(memory.get()); }
};

// SQLite knows a VFS by its name alone, for the whole process, and tells it no more than the name of the file
// to be opened. So there is one of ours, made at first use, and it has the list of the meters that live. It
// stands on whatever VFS is the default one at the moment a file is opened.
class CountingVfs {
public:
    static constexpr auto known_as = "tidegate";

    static CountingVfs& instance()
    {
        static CountingVfs vfs;
        return vfs;
    }

    void add(WearMeter& meter)
    {
        const std::scoped_lock lock(mutex_);
        meters_.push_back(&meter);
    }
    void remove(WearMeter& meter)
    {
        const std::scoped_lock lock(mutex_);
        std::erase(meters_, &meter);
    }

private:
    CountingVfs() : vfs_(real())
    {
        vfs_.szOsFile = static_cast<int>(sizeof(CountedFile));
        vfs_.pNext = nullptr;
        vfs_.zName = known_as;
        vfs_.pAppData = this;
        vfs_.xOpen = open;
        vfs_.xDelete = [](sqlite3_vfs*, const char* file, int sync) {
            return real().xDelete(&real(), file, sync);
        };
        vfs_.xAccess = [](sqlite3_vfs*, const char* file, int flags, int* out) {
            return real().xAccess(&real(), file, flags, out);
        };
        vfs_.xFullPathname = [](sqlite3_vfs*, const char* file, int count, char* out) {
            return real().xFullPathname(&real(), file, count, out);
        };
        sqlite3_vfs_register(&vfs_, 0);
    }

    static sqlite3_vfs& real() { return *sqlite3_vfs_find(nullptr); }

    WearMeter* meter_of(const std::filesystem::path& directory)
    {
        const std::scoped_lock lock(mutex_);
        const auto found = std::find_if(meters_.begin(), meters_.end(),
                                        [&](auto* meter) { return meter->directory() == directory; });
        return found == meters_.end() ? nullptr : *found;
    }

    static int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out);

    sqlite3_vfs vfs_;
    std::mutex mutex_;
    std::vector<WearMeter*> meters_;
};

CountedFile& counted(sqlite3_file* file)
{
    return *static_cast<CountedFile*>(file);
}

sqlite3_file* real(sqlite3_file* file)
{
    return counted(file).real();
}

const sqlite3_io_methods& methods(sqlite3_file* file)
{
    return *real(file)->pMethods;
}

int write_through(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset)
{
    auto& the = counted(file);
    if (the.ahead) the.ahead->drop();
    const int code = methods(file).xWrite(real(file), from, count, offset);
    the.frames.start_after(code == SQLITE_OK ? offset + count : -1);
    if (code != SQLITE_OK || the.meter == nullptr) return code;
    if (const auto fresh = the.dirty.add(offset, count); fresh > 0)
        the.meter->count(the.cause, fresh * page_bytes);
    return code;
}

// Writes the frames that are gathered.
int flush(sqlite3_file* file)
{
    auto& frames = counted(file).frames;
    if (frames.empty()) return SQLITE_OK;
    const auto bytes = frames.bytes();
    return write_through(file, bytes.data(), static_cast<int>(bytes.size()), frames.offset());
}

int write(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset)
{
    auto& the = counted(file);
    if (the.cause != Cause::commit) return write_through(file, from, count, offset);
    const std::string_view piece(static_cast<const char*>(from), static_cast<std::size_t>(count));
    if (!the.frames.take(piece, offset)) {
        const int code = flush(file);
        return code == SQLITE_OK ? write_through(file, from, count, offset) : code;
    }
    return the.frames.is_due() ? flush(file) : SQLITE_OK;
}

// Fills the window from `offset` on. What cannot be read is left to the read of the bytes that are wanted.
void fill(sqlite3_file* file, sqlite3_int64 offset)
{
    auto& ahead = *counted(file).ahead;
    sqlite3_int64 size = 0;
    if (methods(file).xFileSize(real(file), &size) != SQLITE_OK) return;
    const auto count = std::min<std::int64_t>(ReadAhead::window_bytes, size - offset);
    if (count <= 0) return;
    auto& window = ahead.window(offset, static_cast<std::size_t>(count));
    if (methods(file).xRead(real(file), window.data(), static_cast<int>(count), offset) != SQLITE_OK)
        ahead.drop();
}

int read(sqlite3_file* file, void* to, int count, sqlite3_int64 offset)
{
    if (const int code = flush(file); code != SQLITE_OK) return code;
    if (auto& ahead = counted(file).ahead) {
        if (ahead->is_worth_it(offset, count)) fill(file, offset);
        if (const auto bytes = ahead->at(offset, count); !bytes.empty()) {
            std::copy(bytes.begin(), bytes.end(), static_cast<char*>(to));
            return SQLITE_OK;
        }
    }
    return methods(file).xRead(real(file), to, count, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size)
{
    if (auto& ahead = counted(file).ahead) ahead->drop();
    const int code = flush(file);
    return code == SQLITE_OK ? methods(file).xTruncate(real(file), size) : code;
}

int file_size(sqlite3_file* file, sqlite3_int64* out)
{
    const int code = flush(file);
    return code == SQLITE_OK ? methods(file).xFileSize(real(file), out) : code;
}

// What is gathered then is of a transaction that was not committed.
int close(sqlite3_file* file)
{
    const int code = methods(file).xClose(real(file));
    std::destroy_at(&counted(file));
    file->pMethods = nullptr;
    return code;
}

int sync(sqlite3_file* file, int flags)
{
    if (const int code = flush(file); code != SQLITE_OK) return code;
    const int code = methods(file).xSync(real(file), flags);
    auto& the = counted(file);
    if (code != SQLITE_OK) return code;
    the.dirty.clear();
    if (the.meter != nullptr && the.cause == Cause::commit) the.meter->count_log_sync();
    return code;
}

// Version 2: with shared memory for the WAL, without xFetch, which would map the file itself.
constexpr sqlite3_io_methods table{
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = file_size,
    .xLock = [](sqlite3_file* file, int level) { return methods(file).xLock(real(file), level); },
    .xUnlock = [](sqlite3_file* file, int level) { return methods(file).xUnlock(real(file), level); },
    .xCheckReservedLock = [](sqlite3_file* file,
                             int* out) { return methods(file).xCheckReservedLock(real(file), out); },
    .xFileControl = [](sqlite3_file* file,
                       int what,
                       void* argument) { return methods(file).xFileControl(real(file), what, argument); },
    .xSectorSize = [](sqlite3_file* file) { return methods(file).xSectorSize(real(file)); },
    .xDeviceCharacteristics =
        [](sqlite3_file* file) { return methods(file).xDeviceCharacteristics(real(file)); },
    .xShmMap =
        [](sqlite3_file* file, int region, int size, int extend, volatile void** out) {
            return methods(file).xShmMap(real(file), region, size, extend, out);
        },
    .xShmLock =
        [](sqlite3_file* file, int offset, int count, int flags) {
            return methods(file).xShmLock(real(file), offset, count, flags);
        },
    .xShmBarrier = [](sqlite3_file* file) { methods(file).xShmBarrier(real(file)); },
    .xShmUnmap = [](sqlite3_file* file, int remove) { return methods(file).xShmUnmap(real(file), remove); },
    .xFetch = nullptr,
    .xUnfetch = nullptr};

int CountingVfs::open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out)
{
    auto& under = real();
    auto& the = *std::construct_at(static_cast<CountedFile*>(file));
    file->pMethods = nullptr;  // until it is open there is nothing to close
    the.memory = std::make_unique<std::byte[]>(static_cast<std::size_t>(under.szOsFile));
    if (name != nullptr) {
        const std::filesystem::path path(name);
        the.meter = static_cast<CountingVfs*>(vfs->pAppData)->meter_of(path.parent_path());
        the.cause = cause_of(path.filename().string());
    }
    const int code = under.xOpen(&under, name, the.real(), flags, out);
    if (code == SQLITE_OK) {
        file->pMethods = &table;
        return code;
    }
    if (the.real()->pMethods != nullptr) the.real()->pMethods->xClose(the.real());
    std::destroy_at(&the);
    return code;
}

}  // namespace

std::string_view to_string(Cause cause)
{
    switch (cause) {
    case Cause::commit: return "commit";
    case Cause::checkpoint: return "checkpoint";
    case Cause::history: return "history";
    case Cause::meta: return "meta";
    case Cause::other: return "other";
    }
    return "";
}

std::optional<std::uint64_t> days_left(const Wear& wear, std::uint64_t endurance)
{
    if (endurance == 0 || wear.per_day == 0) return std::nullopt;
    return (endurance - std::min(endurance, wear.total)) / wear.per_day;
}

WearMeter::WearMeter(const std::filesystem::path& directory)
{
    std::error_code ignored;
    directory_ = std::filesystem::canonical(directory, ignored);  // as SQLite names its files
    CountingVfs::instance().add(*this);
}

WearMeter::~WearMeter()
{
    CountingVfs::instance().remove(*this);
}

void read_ahead(sqlite3_file* file, bool wanted)
{
    if (file == nullptr || file->pMethods != &table) return;
    if (wanted)
        counted(file).ahead.emplace();
    else
        counted(file).ahead.reset();
}

const char* WearMeter::vfs()
{
    (void)CountingVfs::instance();
    return CountingVfs::known_as;
}

void WearMeter::count(Cause cause, std::uint64_t bytes)
{
    bytes_[static_cast<std::size_t>(cause)].fetch_add(bytes, std::memory_order_relaxed);
}

std::uint64_t WearMeter::since_start() const
{
    std::uint64_t sum = 0;
    for (const auto& bytes : bytes_) sum += bytes.load(std::memory_order_relaxed);
    return sum;
}

std::uint64_t WearMeter::total() const
{
    return total_before_ + since_start();
}

void WearMeter::look(std::int64_t boot_ms)
{
    const std::scoped_lock lock(mutex_);
    latest_ = {boot_ms, since_start()};
    if (samples_.empty() || boot_ms - samples_.back().boot_ms >= sample_every_ms) samples_.push_back(latest_);
    while (samples_.size() > 1 && samples_.front().boot_ms < boot_ms - day_ms) samples_.pop_front();
}

Wear WearMeter::read() const
{
    Wear wear;
    std::transform(bytes_.begin(), bytes_.end(), wear.bytes.begin(),
                   [](auto& bytes) { return bytes.load(); });
    wear.total = total();
    const std::scoped_lock lock(mutex_);
    const auto span_ms = samples_.empty() ? 0 : latest_.boot_ms - samples_.front().boot_ms;
    if (span_ms < shortest_ms) return wear;
    const auto bytes = static_cast<double>(latest_.bytes - samples_.front().bytes);
    wear.per_day =
        static_cast<std::uint64_t>(bytes * static_cast<double>(day_ms) / static_cast<double>(span_ms));
    return wear;
}

}  // namespace tidegate::store

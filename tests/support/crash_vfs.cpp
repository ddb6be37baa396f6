#include "support/crash_vfs.hpp"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace tidegate::tests {

namespace {

constexpr std::int64_t sector = 512;

// The only way from fsync(), which knows of no object, to the recorder.
std::atomic<CrashVfs*> recorder = nullptr;

int told(long result, int descriptor)
{
    if (result != 0) return -1;
    if (auto* vfs = recorder.load()) vfs->synced(descriptor);
    return 0;
}

}  // namespace

}  // namespace tidegate::tests

// In place of the C library's, for everything in this process.
extern "C" int fsync(int descriptor)
{
    return tidegate::tests::told(::syscall(SYS_fsync, descriptor), descriptor);
}

extern "C" int fdatasync(int descriptor)
{
    return tidegate::tests::told(::syscall(SYS_fdatasync, descriptor), descriptor);
}

namespace tidegate::tests {

CrashVfs::CrashVfs(const std::filesystem::path& directory) : directory_(directory.string() + "/")
{
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) throw std::runtime_error("no such directory: " + directory_);
    device_ = status.st_dev;
    inode_ = status.st_ino;
    recorder = this;
}

CrashVfs::~CrashVfs()
{
    recorder = nullptr;
}

std::size_t CrashVfs::position() const
{
    const std::scoped_lock lock(mutex_);
    return ops_.size();
}

std::vector<DiskOp> CrashVfs::take()
{
    const std::scoped_lock lock(mutex_);
    return std::exchange(ops_, {});
}

void CrashVfs::fail_syncs(std::string name_end, int count)
{
    const std::scoped_lock lock(mutex_);
    failing_ = std::move(name_end);
    syncs_to_fail_ = count;
}

void CrashVfs::synced(int descriptor)
{
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || status.st_dev != device_ || status.st_ino != inode_) return;
    const std::scoped_lock lock(mutex_);
    add(DiskOp::Kind::sync_directory, {}, {}, 0);
}

std::string CrashVfs::name_of(const FileCall& call) const
{
    if (!call.file.starts_with(directory_)) return {};
    const auto name = call.file.substr(directory_.size());
    return name.find('/') == std::string_view::npos ? std::string(name) : std::string();
}

int CrashVfs::before(const FileCall& call)
{
    if (call.op != FileOp::sync) return SQLITE_OK;
    const auto name = name_of(call);
    const std::scoped_lock lock(mutex_);
    if (syncs_to_fail_ == 0 || !name.ends_with(failing_)) return SQLITE_OK;
    --syncs_to_fail_;
    add(DiskOp::Kind::failed_sync, name, {}, 0);
    return SQLITE_IOERR_FSYNC;
}

void CrashVfs::after(const FileCall& call)
{
    auto name = name_of(call);
    if (name.empty()) return;
    const std::scoped_lock lock(mutex_);
    switch (call.op) {
    case FileOp::open:
        if (call.creates) add(DiskOp::Kind::create, std::move(name), {}, 0);
        return;
    case FileOp::write: return add(DiskOp::Kind::write, std::move(name), call.bytes, call.offset);
    case FileOp::truncate: return add(DiskOp::Kind::truncate, std::move(name), {}, call.offset);
    case FileOp::sync: return add(DiskOp::Kind::sync, std::move(name), {}, 0);
    case FileOp::remove: return add(DiskOp::Kind::remove, std::move(name), {}, 0);
    case FileOp::read:
    case FileOp::map: return;
    }
}

void CrashVfs::add(DiskOp::Kind kind, std::string file, std::string_view bytes, std::int64_t offset)
{
    ops_.push_back({kind, std::move(file), std::string(bytes), offset, std::chrono::steady_clock::now()});
}

namespace {

void put(std::string& image, std::string_view bytes, std::int64_t offset)
{
    const auto at = static_cast<std::size_t>(offset);
    if (image.size() < at + bytes.size()) image.resize(at + bytes.size(), '\0');
    std::copy(bytes.begin(), bytes.end(), image.begin() + offset);
}

void keep(std::string& image, const DiskOp& op)
{
    if (op.kind == DiskOp::Kind::truncate)
        image.resize(static_cast<std::size_t>(op.offset), '\0');
    else
        put(image, op.bytes, op.offset);
}

bool coin(std::mt19937_64& random)
{
    return random() % 2 == 0;
}

void tear(std::string& image, const DiskOp& op, std::mt19937_64& random)
{
    if (op.kind == DiskOp::Kind::truncate) return;
    const auto end = op.offset + static_cast<std::int64_t>(op.bytes.size());
    for (auto at = op.offset; at < end;) {
        const auto next = std::min(end, (at / sector + 1) * sector);
        const auto piece = std::string_view(op.bytes).substr(static_cast<std::size_t>(at - op.offset),
                                                             static_cast<std::size_t>(next - at));
        if (coin(random)) put(image, piece, at);
        at = next;
    }
}

std::string image_after(std::string image,
                        const std::vector<const DiskOp*>& unsynced,
                        Loss loss,
                        std::mt19937_64& random)
{
    if (loss == Loss::mixed) loss = static_cast<Loss>(random() % 4);
    switch (loss) {
    case Loss::nothing:
        for (const auto* op : unsynced) keep(image, *op);
        break;
    case Loss::any:
        for (const auto* op : unsynced)
            if (coin(random)) keep(image, *op);
        break;
    case Loss::all_after_one_torn: {
        const auto whole = random() % (unsynced.size() + 1);
        for (std::size_t i = 0; i < whole; ++i) keep(image, *unsynced[i]);
        if (whole < unsynced.size()) tear(image, *unsynced[whole], random);
        break;
    }
    case Loss::all:
    case Loss::mixed: break;
    }
    return image;
}

std::string read_whole(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_whole(const std::filesystem::path& path, std::string_view bytes)
{
    std::ofstream out(path, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

Disk::Disk(const std::filesystem::path& start)
{
    for (const auto& entry : std::filesystem::directory_iterator(start)) {
        const auto name = entry.path().filename().string();
        if (!entry.is_regular_file() || name == "lock" || name.ends_with("-shm")) continue;
        names_[name] = ++last_file_;
        files_[last_file_].safe = read_whole(entry.path());
    }
    safe_names_ = names_;
}

void Disk::rename(const std::string& name, int file)
{
    if (file == 0)
        names_.erase(name);
    else
        names_[name] = file;
    unsynced_names_.push_back({name, file});
}

void Disk::apply(const DiskOp& op)
{
    switch (op.kind) {
    case DiskOp::Kind::create: return rename(op.file, ++last_file_);
    case DiskOp::Kind::remove: return rename(op.file, 0);
    case DiskOp::Kind::sync_directory:
        safe_names_ = names_;
        unsynced_names_.clear();
        return;
    default: break;
    }
    const auto name = names_.find(op.file);
    if (name == names_.end()) return;  // removed behind SQLite's back, or while it was open
    auto& file = files_[name->second];
    if (op.kind == DiskOp::Kind::sync)
        for (const auto* one : file.unsynced) keep(file.safe, *one);
    if (op.kind == DiskOp::Kind::sync || op.kind == DiskOp::Kind::failed_sync)
        file.unsynced.clear();
    else
        file.unsynced.push_back(&op);
}

std::map<std::string, int> Disk::names_after(Loss loss, std::mt19937_64& random) const
{
    if (loss == Loss::nothing) return names_;
    auto names = safe_names_;
    if (loss == Loss::all) return names;
    for (const auto& [name, file] : unsynced_names_) {
        if (coin(random)) continue;
        if (file == 0)
            names.erase(name);
        else
            names[name] = file;
    }
    return names;
}

void Disk::put_out(Loss loss, std::mt19937_64& random, const std::filesystem::path& directory) const
{
    for (const auto& [name, file] : names_after(loss, random)) {
        const auto found = files_.find(file);
        if (found == files_.end())  // made, and never written to
            write_whole(directory / name, {});
        else
            write_whole(directory / name,
                        image_after(found->second.safe, found->second.unsynced, loss, random));
    }
}

}  // namespace tidegate::tests

#include "support/small_disk.hpp"

#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <stdexcept>
#include <vector>

namespace tidegate::tests {

namespace {

std::string why(const std::string& what)
{
    return what + ": " + std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): no thread runs yet
}

bool put(const char* file, const std::string& text)
{
    std::ofstream out(file);
    out << text;
    return bool(out.flush());
}

std::string enter_user_namespace()
{
    const auto user = std::to_string(::geteuid());
    const auto group = std::to_string(::getegid());
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return why("no user namespace");
    if (!put("/proc/self/setgroups", "deny") || !put("/proc/self/uid_map", "0 " + user + " 1") ||
        !put("/proc/self/gid_map", "0 " + group + " 1"))
        return why("the user namespace cannot be set up");
    return {};
}

std::string enter_namespace()
{
    if (::unshare(CLONE_NEWNS) != 0) {
        auto failed = enter_user_namespace();
        if (!failed.empty()) return failed;
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return why("mounts stay shared");
    return {};
}

}  // namespace

std::string SmallDisk::impossible()
{
    static const std::string reason = enter_namespace();  // once a process
    return reason;
}

SmallDisk::SmallDisk(std::uint64_t bytes)
{
    if (!impossible().empty()) throw std::runtime_error(impossible());
    const auto size = "size=" + std::to_string(bytes);
    if (::mount("tmpfs", path().c_str(), "tmpfs", 0, size.c_str()) != 0)
        throw std::runtime_error(why("no tmpfs"));
}

SmallDisk::~SmallDisk()
{
    ::umount2(path().c_str(), MNT_DETACH);
}

std::uint64_t SmallDisk::free_bytes() const
{
    struct statvfs status {};
    if (::statvfs(path().c_str(), &status) != 0) return 0;
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

void SmallDisk::set_read_only(bool on)
{
    unsigned long flags = MS_REMOUNT;
    if (on) flags |= MS_RDONLY;
    if (::mount("tmpfs", path().c_str(), "tmpfs", flags, nullptr) != 0)
        throw std::runtime_error(why("remount"));
}

Filler::Filler(const SmallDisk& disk)
    : file_(disk.path() / "of-somebody-else"),
      descriptor_(::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600))
{
    if (descriptor_ < 0) throw std::runtime_error(why("filler"));
    eat();
    thread_ = std::jthread([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            eat();
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    });
}

Filler::~Filler()
{
    thread_.request_stop();
    thread_.join();
    ::close(descriptor_);
    ::unlink(file_.c_str());
}

void Filler::eat() const
{
    static constexpr std::array<char, 4096> bite{};
    while (::write(descriptor_, bite.data(), bite.size()) > 0) {
    }
}

namespace {

// SQLite's own table of system calls has no room for an object.
std::atomic<bool> read_only = false;
std::string read_only_directory;

using SystemCall = sqlite3_syscall_ptr;

struct Replaced {
    const char* name;
    SystemCall before;
};

std::vector<Replaced> replaced;

bool refused()
{
    if (read_only) errno = EROFS;
    return read_only;
}

int refusing_open(const char* file, int flags, int mode)
{
    const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
    const bool ours = std::string_view(file).starts_with(read_only_directory);
    if (ours && writes && refused()) return -1;
    return ::open(file, flags, mode);
}

ssize_t refusing_pwrite(int descriptor, const void* from, size_t count, off_t offset)
{
    return refused() ? -1 : ::pwrite(descriptor, from, count, offset);
}

ssize_t refusing_write(int descriptor, const void* from, size_t count)
{
    return refused() ? -1 : ::write(descriptor, from, count);
}

int refusing_ftruncate(int descriptor, off_t length)
{
    return refused() ? -1 : ::ftruncate(descriptor, length);
}

int refusing_unlink(const char* file)
{
    return refused() ? -1 : ::unlink(file);
}

void replace(const char* name, SystemCall with)
{
    auto* vfs = sqlite3_vfs_find("unix");
    const auto was = vfs->xGetSystemCall(vfs, name);
    if (was == nullptr) return;  // not one that this SQLite was built with
    replaced.push_back({name, was});
    vfs->xSetSystemCall(vfs, name, with);
}

}  // namespace

ReadOnlyDisk::ReadOnlyDisk(const std::filesystem::path& directory)
{
    read_only_directory = directory.string();
    replace("open", reinterpret_cast<SystemCall>(refusing_open));
    replace("pwrite", reinterpret_cast<SystemCall>(refusing_pwrite));
    replace("pwrite64", reinterpret_cast<SystemCall>(refusing_pwrite));
    replace("write", reinterpret_cast<SystemCall>(refusing_write));
    replace("ftruncate", reinterpret_cast<SystemCall>(refusing_ftruncate));
    replace("unlink", reinterpret_cast<SystemCall>(refusing_unlink));
}

void ReadOnlyDisk::set(bool on)
{
    read_only = on;
}

ReadOnlyDisk::~ReadOnlyDisk()
{
    read_only = false;
    auto* vfs = sqlite3_vfs_find("unix");
    for (const auto& one : replaced) vfs->xSetSystemCall(vfs, one.name, one.before);
    replaced.clear();
}

}  // namespace tidegate::tests

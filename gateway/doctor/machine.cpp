#include "gateway/doctor/machine.hpp"

#include "base/clock.hpp"
#include "gateway/web_options.hpp"
#include "web/server/listener.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <linux/magic.h>
#include <optional>

namespace tidegate::gateway {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mib = 1024ULL * 1024;
enum class Kind { disk, memory, network, simple, other };  // simple: FAT and the like

struct FileSystem {
    Kind kind = Kind::other;
    const char* name = "another file system";
};

FileSystem kind_of(long magic)
{
    constexpr long exfat = 0x2011BAB0, cifs = 0xFF534D42, ntfs = 0x5346544e, fuse = 0x65735546,
                   xfs = 0x58465342;
    switch (magic) {
    case EXT4_SUPER_MAGIC: return {Kind::disk, "ext4"};
    case BTRFS_SUPER_MAGIC: return {Kind::disk, "btrfs"};
    case F2FS_SUPER_MAGIC: return {Kind::disk, "f2fs"};
    case xfs: return {Kind::disk, "xfs"};
    case OVERLAYFS_SUPER_MAGIC: return {Kind::disk, "overlayfs"};
    case TMPFS_MAGIC:
    case RAMFS_MAGIC: return {Kind::memory, "tmpfs"};
    case NFS_SUPER_MAGIC: return {Kind::network, "NFS"};
    case cifs:
    case SMB2_SUPER_MAGIC: return {Kind::network, "SMB"};
    case fuse: return {Kind::network, "FUSE"};
    case MSDOS_SUPER_MAGIC: return {Kind::simple, "FAT"};
    case exfat: return {Kind::simple, "exFAT"};
    case ntfs: return {Kind::simple, "NTFS"};
    default: return {};
    }
}

// The directory itself, or the nearest one above it that is there.
fs::path existing(fs::path directory)
{
    std::error_code failed;
    directory = fs::absolute(directory, failed);
    while (!fs::exists(directory, failed) && directory.has_parent_path() &&
           directory != directory.parent_path())
        directory = directory.parent_path();
    return directory;
}

std::string size(std::uint64_t bytes)
{
    return bytes >= 10 * 1024 * mib ? fmt::format("{} GiB", bytes / (1024 * mib))
                                    : fmt::format("{} MiB", bytes / mib);
}

// Whether a file can be made in it: what permissions, a read-only file system and a full one have in common.
// Empty: yes; otherwise why not.
std::string not_writable(const fs::path& directory)
{
    auto pattern = (directory / ".tidegate-doctor-XXXXXX").string();
    const int descriptor = ::mkostemp(pattern.data(), O_CLOEXEC);
    if (descriptor < 0) return std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): a copy follows at once
    ::unlink(pattern.c_str());
    std::array<char, 4096> block{};
    const bool written =
        ::write(descriptor, block.data(), block.size()) == static_cast<ssize_t>(block.size());
    const int why = errno;
    ::close(descriptor);
    return written ? std::string() : std::string(std::strerror(why));  // NOLINT(concurrency-mt-unsafe)
}

Findings check_writable(const std::string& area, const fs::path& directory, const std::string& key)
{
    if (const auto why = not_writable(directory); !why.empty())
        return {{Verdict::fail, area, fmt::format("{} cannot be written to: {}", directory.string(), why),
                 fmt::format(
                     "chown it to the gateway's user, run doctor as that user (sudo -u tidegate), or set {}",
                     key)}};
    struct stat status {};
    if (::stat(directory.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0 &&
        (status.st_mode & S_ISVTX) == 0)
        return {{Verdict::warn, area, fmt::format("everybody may write to {}", directory.string()),
                 fmt::format("chmod o-w {}", directory.string())}};
    return {};
}

std::uint64_t meminfo(std::string_view name)
{
    std::ifstream in("/proc/meminfo");
    for (std::string word; in >> word;) {
        std::uint64_t kib = 0;
        if (word == name && in >> kib) return kib * 1024;
    }
    return 0;
}

std::string first_line(const fs::path& file)
{
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

// /sys/block/NAME of the disk that a directory lies on, where there is one.
std::optional<fs::path> disk_of(const fs::path& directory)
{
    struct stat status {};
    if (::stat(existing(directory).c_str(), &status) != 0) return std::nullopt;
    std::error_code failed;
    auto found = fs::canonical(
        fmt::format("/sys/dev/block/{}:{}", ::major(status.st_dev), ::minor(status.st_dev)), failed);
    if (failed) return std::nullopt;
    if (fs::exists(found / "partition", failed)) found = found.parent_path();
    return found;
}

}  // namespace

Findings check_clock()
{
    constexpr std::int64_t year_2025_ms = 1'735'689'600'000;
    if (clock_synchronised()) return {{Verdict::ok, "clock", "synchronised"}};
    const char* advice =
        "switch on NTP (timedatectl set-ntp true) and look at timedatectl timesync-status; in a container "
        "the host sets the clock, and the kernel may never say so";
    if (wall_ms() < year_2025_ms)
        return {{Verdict::fail, "clock", "it is not set: the year is wrong", advice}};
    return {{Verdict::warn, "clock",
             "the kernel does not say that it is synchronised: readings are flagged, and commands "
             "from upstreams wait",
             advice}};
}

Findings check_memory(const Config& config)
{
    const auto total = meminfo("MemTotal:"), available = meminfo("MemAvailable:");
    if (total == 0) return {};
    // The ring of each broker, some 50 MiB at rest, and about 2 KiB a series at most.
    const auto wanted = config.brokers.size() * config.limits.ring.count + 50 * mib +
                        static_cast<std::uint64_t>(config.limits.series) * 2048;
    auto what =
        fmt::format("{} available of {}; up to {} wanted", size(available), size(total), size(wanted));
    if (available < wanted)
        return {
            {Verdict::warn, "memory", std::move(what), "lower limits.series or limits.ring, or make room"}};
    return {{Verdict::ok, "memory", std::move(what)}};
}

Findings check_state_disk(const Config& config)
{
    const std::string area = "disk";
    const auto directory = existing(config.gateway.state_directory);
    struct statvfs space {};
    struct statfs kind {};
    if (::statvfs(directory.c_str(), &space) != 0 || ::statfs(directory.c_str(), &kind) != 0)
        return {{Verdict::fail, area, fmt::format("{} cannot be looked at", directory.string()),
                 "set gateway.state_directory"}};
    const auto file_system = kind_of(static_cast<long>(kind.f_type));
    if ((space.f_flag & ST_RDONLY) != 0)
        return {{Verdict::fail, area, fmt::format("{} is on a read-only file system", directory.string()),
                 "mount it read-write; a card that has become read-only by itself is at its end"}};
    auto findings = check_writable(area, directory, "gateway.state_directory");
    if (file_system.kind == Kind::network)
        findings.push_back({Verdict::fail, area,
                            fmt::format("{} is on {}", directory.string(), file_system.name),
                            "SQLite needs a file system of this machine: set gateway.state_directory"});
    else if (file_system.kind == Kind::memory)
        findings.push_back(
            {Verdict::warn, area,
             fmt::format("{} is on a tmpfs: all history is gone with a reboot", directory.string()),
             "set gateway.state_directory to a directory on the disk"});
    else if (file_system.kind == Kind::simple)
        findings.push_back(
            {Verdict::warn, area,
             fmt::format("{} is on {}: it has no journal", directory.string(), file_system.name),
             "format it with ext4"});
    const auto free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
    std::error_code none;
    const auto log = fs::file_size(fs::path(config.gateway.state_directory) / "log.db", none);
    const auto held = none ? 0 : std::min<std::uint64_t>(log, config.store.buffer.count);
    const auto wanted = config.store.free.count + (config.store.buffer.count - held) + 64 * mib;
    if (free < config.store.free.count)
        findings.push_back({Verdict::fail, area,
                            fmt::format("{} free: history is thinned to leave {} (store.free)", size(free),
                                        size(config.store.free.count)),
                            "make room, or lower store.free"});
    else if (free < wanted)
        findings.push_back(
            {Verdict::warn, area,
             fmt::format("{} free: history is thinned once readings wait for upstreams (store.buffer); {} "
                         "would do",
                         size(free), size(wanted)),
             "make room, or lower store.buffer or store.free"});
    if (findings.empty())
        findings.push_back(
            {Verdict::ok, area,
             fmt::format("{} free on {} ({})", size(free), file_system.name, directory.string())});
    return findings;
}

Findings check_ring_disk(const Config& config)
{
    const std::string area = "ring";
    const auto directory = existing(config.gateway.runtime_directory);
    struct statvfs space {};
    struct statfs kind {};
    if (::statvfs(directory.c_str(), &space) != 0 || ::statfs(directory.c_str(), &kind) != 0)
        return {{Verdict::fail, area, fmt::format("{} cannot be looked at", directory.string()),
                 "set gateway.runtime_directory"}};
    auto findings = check_writable(area, directory, "gateway.runtime_directory");
    const auto wanted = config.brokers.size() * config.limits.ring.count;
    const auto free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
    std::error_code none;
    const bool there =
        fs::exists(directory / fmt::format("intake-{}.ring", config.brokers.front().name), none);
    if (!there && free < wanted)
        findings.push_back({Verdict::fail, area,
                            fmt::format("{} free for rings of {}", size(free), size(wanted)),
                            "enlarge the tmpfs, or lower limits.ring"});
    if (kind_of(static_cast<long>(kind.f_type)).kind != Kind::memory)
        findings.push_back(
            {Verdict::warn, area,
             fmt::format("{} is no tmpfs: every message is written to the disk once more",
                         directory.string()),
             "set gateway.runtime_directory to a directory below /run, as the systemd unit does"});
    if (findings.empty())
        findings.push_back({Verdict::ok, area, fmt::format("in memory ({})", directory.string())});
    return findings;
}

// eMMC says in steps of 10 % how much of its life is over (JEDEC 5.0, life_time), SD cards do not say.
Findings check_card(const Config& config)
{
    const auto disk = disk_of(config.gateway.state_directory);
    if (!disk) return {};
    const auto name = disk->filename().string();
    const auto life = first_line(*disk / "device" / "life_time");
    if (life.size() < 4) {
        if (name.starts_with("mmcblk") && config.store.card_endurance.count == 0)
            return {{Verdict::warn, "card", name + " does not say how worn it is",
                     "set store.card_endurance (TBW in its data sheet): the dashboard then says how long it "
                     "lasts"}};
        return {};
    }
    constexpr int base = 16;
    const auto tenths = std::strtol(life.c_str(), nullptr, base);
    auto what = fmt::format("{}: {} to {} % of its life is over", name, (tenths - 1) * 10, tenths * 10);
    if (tenths >= 11) return {{Verdict::fail, "card", name + ": its life is over", "replace it"}};
    if (tenths >= 8)
        return {{Verdict::warn, "card", std::move(what),
                 "have another one ready, and take a backup (tidegate backup)"}};
    return {{Verdict::ok, "card", std::move(what)}};
}

Findings check_port(const Config& config, bool gateway_is_there)
{
    const auto& address = config.web.address;
    const auto port = static_cast<std::uint16_t>(config.web.port);
    if (gateway_is_there)
        return {{Verdict::ok, "web", "the gateway answers at " + dashboard_url(config, port)}};
    boost::system::error_code failed;
    boost::asio::ip::make_address(address, failed);
    if (failed)
        return {{Verdict::fail, "web", fmt::format("\"{}\" is no address", address),
                 "set web.address to an address of this machine"}};
    boost::asio::io_context io;
    if (const auto opened = web::open_acceptor(io, address, port); !opened)  // as the server does
        return {{Verdict::fail, "web", "cannot listen: " + opened.error().what,
                 "another program has the port (ss -ltnp), or the address is not of this machine: set "
                 "web.port or web.address"}};
    return {{Verdict::ok, "web", fmt::format("{} port {} is free", address, port)}};
}

}  // namespace tidegate::gateway

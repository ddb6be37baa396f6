#include "measure.hpp"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <csignal>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <sched.h>
#include <spawn.h>
#include <sstream>
#include <system_error>
#include <utility>

namespace {

using ClockGettime = int (*)(clockid_t, timespec*);

std::atomic<std::int64_t> wall_clock_set_ms = 0;  // 0: as the kernel says
std::atomic<ClockGettime> real_clock_gettime = nullptr;
volatile std::sig_atomic_t interrupted = 0;
std::atomic<pid_t> running = 0;  // the program that is being run

}  // namespace

// Stands before the C library's, for the whole program.
extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept
{
    const auto set = wall_clock_set_ms.load(std::memory_order_relaxed);
    if (clock == CLOCK_REALTIME && set != 0) {
        *now = {static_cast<time_t>(set / 1000), static_cast<long>(set % 1000 * 1'000'000)};
        return 0;
    }
    auto real = real_clock_gettime.load(std::memory_order_relaxed);
    if (real == nullptr) {
        real = reinterpret_cast<ClockGettime>(::dlsym(RTLD_NEXT, "clock_gettime"));
        real_clock_gettime.store(real, std::memory_order_relaxed);
    }
    return real(clock, now);
}

namespace tidegate::bench {

namespace {

double seconds_of(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string text_of(const std::filesystem::path& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The number behind a key, in a file of lines "key: number …".
std::uint64_t number_of(const std::filesystem::path& file, std::string_view key)
{
    std::ifstream in(file);
    std::string line;
    while (std::getline(in, line))
        if (line.starts_with(key)) return std::strtoull(line.c_str() + key.size(), nullptr, 10);
    return 0;
}

Error failure(const std::string& what)
{
    return {ErrorKind::unavailable, fmt::format("{}: {}", what, std::generic_category().message(errno))};
}

}  // namespace

double wall_seconds()
{
    return seconds_of(CLOCK_MONOTONIC);
}

double process_cpu_seconds()
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double thread_cpu_seconds()
{
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

double cpu_seconds_of(int process)
{
    const auto stat = text_of(fmt::format("/proc/{}/stat", process));
    const auto after_name = stat.rfind(')');
    if (after_name == std::string::npos) return 0;
    std::istringstream fields(stat.substr(after_name + 2));
    std::string field;
    for (int i = 3; i < 14; ++i) fields >> field;  // utime is the 14th
    double user = 0, system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

Memory memory_of(int process)
{
    const auto file =
        process == 0 ? std::string("/proc/self/status") : fmt::format("/proc/{}/status", process);
    return {number_of(file, "VmRSS:") * 1024, number_of(file, "RssAnon:") * 1024,
            number_of(file, "VmHWM:") * 1024};
}

void forget_most()
{
    std::ofstream("/proc/self/clear_refs") << "5\n";
}

void set_wall_clock_ms(std::int64_t now_ms)
{
    wall_clock_set_ms.store(now_ms, std::memory_order_relaxed);
}

Written::Written(const std::filesystem::path& directory, int process)
    : directory_(directory),
      process_(process == 0 ? "/proc/self/io" : fmt::format("/proc/{}/io", process))
{
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) return;
    const auto device = fmt::format("/sys/dev/block/{}:{}", major(status.st_dev), minor(status.st_dev));
    if (std::filesystem::exists(device + "/loop")) device_ = device + "/stat";
}

std::uint64_t Written::bytes() const
{
    const int open = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (open >= 0) {
        ::syncfs(open);
        ::close(open);
    }
    if (device_.empty()) return number_of(process_, "write_bytes:");
    std::ifstream stat(device_);
    std::uint64_t sectors = 0;
    for (int i = 0; i < 7; ++i) stat >> sectors;  // the 7th is sectors written, of 512 bytes
    return sectors * 512;
}

std::string Written::means() const
{
    return device_.empty() ? "write_bytes of /proc/PID/io: without the file system's own"
                           : "sectors written to an ext4 of its own on a loop device";
}

std::uint64_t bytes_passed_to_write()
{
    return number_of("/proc/self/io", "wchar:");
}

Result<Scratch> Scratch::make(const std::filesystem::path& parent, bool own_disk, std::uint64_t disk_bytes)
{
    auto name = (parent / "tidegate-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return failure(parent.string() + " takes no directory");
    Scratch scratch{std::filesystem::path(name)};
    if (!own_disk) return scratch;
    if (auto done = scratch.mount_disk(disk_bytes); !done)
        fmt::print(stderr, "No disk of its own ({}): the bytes written are those of the process.\n",
                   done.error().what);
    return scratch;
}

Result<> Scratch::mount_disk(std::uint64_t bytes)
{
    if (::geteuid() != 0) return Error{ErrorKind::denied, "only root may mount one"};
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return failure("no mount namespace");
    const auto image = root_ / "image", disk = root_ / "disk";
    std::ofstream(image).close();
    std::filesystem::resize_file(image, bytes);
    std::filesystem::create_directory(disk);
    // What ext4 would otherwise write later, in the background, is written now.
    if (run_program({"mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image}) != 0)
        return Error{ErrorKind::unavailable, "mkfs.ext4 failed"};
    if (run_program({"mount", "-o", "loop", image, disk}) != 0)
        return Error{ErrorKind::unavailable, "mount -o loop failed"};
    std::filesystem::remove(image);  // gone with the mount
    mounted_ = true;
    return {};
}

Scratch::Scratch(Scratch&& other) noexcept
    : root_(std::exchange(other.root_, {})),
      mounted_(std::exchange(other.mounted_, false))
{
}

Scratch::~Scratch()
{
    if (root_.empty()) return;
    std::error_code ignored;
    if (mounted_ && ::umount2((root_ / "disk").c_str(), MNT_DETACH) != 0) return;
    std::filesystem::remove_all(root_, ignored);
}

void pass_on_signals()
{
    struct sigaction action {};
    action.sa_handler = [](int signal) {
        interrupted = 1;
        if (const auto process = running.load(); process > 0) ::kill(process, signal);
    };
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

bool was_interrupted()
{
    return interrupted != 0;
}

int run_program(const std::vector<std::string>& arguments)
{
    std::vector<char*> pointers;
    for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    pid_t process = 0;
    const int failed = ::posix_spawnp(&process, pointers[0], &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) return 127;
    running = process;
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    running = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::map<std::string, Space> space_of(const std::filesystem::path& directory)
{
    std::map<std::string, Space> kinds;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        struct stat status {};
        if (::stat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        const auto name = entry.path().filename().string();
        auto kind = name.substr(
            0, static_cast<std::size_t>(std::find_if(name.begin(), name.end(),
                                                     [](unsigned char c) { return std::isalpha(c) == 0; }) -
                                        name.begin()));
        if (name.ends_with("-wal")) kind += "-wal";
        if (name.ends_with("-shm")) kind += "-shm";
        kinds[kind].length += static_cast<std::uint64_t>(status.st_size);
        kinds[kind].blocks += static_cast<std::uint64_t>(status.st_blocks) * 512;
    }
    return kinds;
}

Space sum(const std::map<std::string, Space>& kinds)
{
    Space all;
    for (const auto& [kind, space] : kinds) {
        all.length += space.length;
        all.blocks += space.blocks;
    }
    return all;
}

double median(std::vector<double> values)
{
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

Progress::Progress(std::string what)
    : what_(std::move(what)),
      terminal_(::isatty(STDERR_FILENO) == 1),
      started_(wall_seconds()),
      last_(started_)
{
}

Progress::~Progress()
{
    if (!said_) return;
    fmt::print(stderr, "{}{}: {:.0f} s\n", terminal_ ? "\r\x1b[K" : "", what_, wall_seconds() - started_);
}

void Progress::at(double share, const std::string& more)
{
    const auto now = wall_seconds();
    if (what_.empty() || now - last_ < (!said_ ? 1.0 : terminal_ ? 0.2 : 10.0)) return;
    last_ = now;
    said_ = true;
    fmt::print(stderr, "{}{}: {:.0f} %{}{}{}", terminal_ ? "\r\x1b[K" : "", what_, 100 * share,
               more.empty() ? "" : ", ", more, terminal_ ? "" : "\n");
    std::fflush(stderr);
}

}  // namespace tidegate::bench

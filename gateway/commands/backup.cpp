#include "store/backup.hpp"

#include "gateway/commands/commands.hpp"
#include "gateway/config/load.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

// One line that is written over; only where a person looks.
void show(const store::BackupProgress& progress)
{
    const auto percent = progress.total == 0 ? 100 : progress.bytes * 100 / progress.total;
    fmt::print(stderr, "\r{:3} %  {:>8.1f} of {:.1f} MB  {:<20}", std::min<std::uint64_t>(percent, 100),
               static_cast<double>(progress.bytes) / 1e6, static_cast<double>(progress.total) / 1e6,
               progress.file);
    std::fflush(stderr);
}

}  // namespace

int backup_command(const std::filesystem::path& config, const std::filesystem::path& target)
{
    const auto loaded = load_config(config);
    for (const auto& problem : loaded.problems) fmt::print(stderr, "{}\n", problem);
    if (!loaded.problems.empty()) return exit_bad_config;
    const auto& directory = loaded.config.gateway.state_directory;
    const bool watched = ::isatty(STDERR_FILENO) == 1;
    const auto done = store::back_up(directory, target, [&](const store::BackupProgress& progress) {
        if (watched) show(progress);
        return true;
    });
    if (watched) fmt::print(stderr, "\n");
    if (!done) {
        fmt::print(stderr, "backup: {}\n", done.error().what);
        return 1;
    }
    fmt::print("{} is a copy of {}; a gateway can be started on it\n", target.string(), directory);
    return 0;
}

}  // namespace tidegate::gateway

#include "gateway/commands/commands.hpp"
#include "gateway/config/load.hpp"

#include <cstdio>
#include <fmt/format.h>

namespace tidegate::gateway {

int check_command(const std::filesystem::path& config)
{
    const auto loaded = load_config(config);
    for (const auto& problem : loaded.problems) fmt::print(stderr, "{}\n", problem);
    if (!loaded.problems.empty()) return exit_bad_config;
    if (loaded.files.empty()) fmt::print("# No configuration file was found: these are the defaults.\n");
    for (const auto& file : loaded.files) fmt::print("# {}: good\n", file.string());
    fmt::print("\n{}", as_toml(loaded.config));
    return 0;
}

int reference_command()
{
    fmt::print("{}", as_markdown());
    return 0;
}

}  // namespace tidegate::gateway

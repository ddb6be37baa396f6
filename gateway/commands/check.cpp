#include "gateway/commands/commands.hpp"
#include "gateway/config/load.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace tidegate::gateway {

namespace {

// "FILE:LINE:COLUMN: what", of one of these files.
nlohmann::json problem_json(const std::string& problem, const std::vector<std::filesystem::path>& files)
{
    for (const auto& file : files) {
        const auto name = file.string() + ":";
        int line = 0, column = 0, end = 0;
        if (!problem.starts_with(name) ||
            std::sscanf(problem.c_str() + name.size(), "%d:%d: %n", &line, &column, &end) != 2)
            continue;
        return {{"file", file.string()},
                {"line", line},
                {"column", column},
                {"what", problem.substr(name.size() + static_cast<std::size_t>(end))}};
    }
    return {{"file", nullptr}, {"line", nullptr}, {"column", nullptr}, {"what", problem}};
}

int check_json(const LoadedConfig& loaded)
{
    nlohmann::json told{{"good", loaded.problems.empty()},
                        {"files", nlohmann::json::array()},
                        {"problems", nlohmann::json::array()}};
    for (const auto& file : loaded.files) told["files"].push_back(file.string());
    for (const auto& problem : loaded.problems)
        told["problems"].push_back(problem_json(problem, loaded.files));
    if (loaded.problems.empty()) told["configuration"] = as_toml(loaded.config);
    fmt::print("{}\n", told.dump(2));
    return loaded.problems.empty() ? 0 : exit_bad_config;
}

}  // namespace

int check_command(const std::filesystem::path& config, bool as_json)
{
    const auto loaded = load_config(config);
    if (as_json) return check_json(loaded);
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

#include "base/log.hpp"
#include "gateway/app.hpp"
#include "gateway/commands/commands.hpp"
#include "gateway/config/load.hpp"

#include <cstdio>
#include <fmt/format.h>

namespace tidegate::gateway {

int run_command(const std::filesystem::path& config)
{
    auto loaded = load_config(config);
    if (!loaded.problems.empty()) {
        for (const auto& problem : loaded.problems) fmt::print(stderr, "{}\n", problem);
        return exit_bad_config;
    }
    if (auto ended = App(std::move(loaded.config), config).run(); !ended) {
        log::error("cannot start: {}", ended.error().what);
        // A wrong value, or a data directory that is not ours: starting again would not help.
        const auto kind = ended.error().kind;
        return kind == ErrorKind::invalid || kind == ErrorKind::denied ? exit_bad_config : 1;
    }
    return 0;
}

}  // namespace tidegate::gateway

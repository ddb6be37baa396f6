// What comes when all files are read: what depends on the machine, and what only the whole can get wrong.
#include "gateway/config/load.hpp"
#include "gateway/config/read_names.hpp"
#include "gateway/config/validate.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

// What the unit gives, or, for who asks beside it, what it has made.
std::string directory_of(const char* variable,
                         const std::filesystem::path& of_the_unit,
                         std::string otherwise)
{
    const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    // systemd gives several directories separated by colons; ours is the first.
    const std::string text(value == nullptr ? "" : value);
    if (!text.empty()) return text.substr(0, text.find(':'));
    std::error_code none;
    return std::filesystem::is_directory(of_the_unit, none) ? of_the_unit.string() : std::move(otherwise);
}

}  // namespace

void finish(LoadedConfig& loaded)
{
    check_named_upstreams(loaded);
    complete(loaded.config);
    if (!loaded.problems.empty()) return;  // of what is not whole nothing more can be said
    for (const auto& problem : problems_of(loaded.config)) {
        auto place = loaded.places.find(problem.section + "." + problem.key);
        if (place == loaded.places.end()) place = loaded.places.find(problem.section);
        loaded.problems.push_back(fmt::format(
            "{}: {}", place == loaded.places.end() ? "configuration" : place->second, problem.what));
    }
}

void check_named_upstreams(LoadedConfig& loaded)
{
    std::vector<std::string_view> names;
    for (const auto& upstream : loaded.config.upstreams) names.push_back(upstream.name);
    for (const auto& [place, name] : loaded.named_upstreams)
        if (std::ranges::find(names, name) == names.end())
            loaded.problems.push_back(
                fmt::format("{}: there is no upstream \"{}\"{}", place, name,
                            names.empty() ? "; none is configured" : suggestion(name, names)));
}

void complete(Config& config, const UnitDirectories& unit)
{
    auto& gateway = config.gateway;
    if (gateway.id.empty()) {
        char name[256] = "tidegate";
        if (::gethostname(name, sizeof name - 1) == 0) gateway.id = name;
    }
    if (gateway.state_directory.empty())
        gateway.state_directory = directory_of("STATE_DIRECTORY", unit.state, "./tidegate-data");
    if (gateway.runtime_directory.empty())
        gateway.runtime_directory = directory_of("RUNTIME_DIRECTORY", unit.runtime, gateway.state_directory);
    if (config.brokers.empty()) config.brokers.emplace_back();
    for (auto& broker : config.brokers) {
        if (!broker.client_id.empty()) continue;
        broker.client_id = "tidegate-" + gateway.id;
        if (broker.name != BrokerConfig{}.name) broker.client_id += "-" + broker.name;
    }
    for (auto& upstream : config.upstreams) {
        if (upstream.kind == "influxdb" && upstream.tags.empty())
            upstream.tags = {"gateway={gateway}", "device={device}"};
        if (upstream.mode == "mirror" && upstream.rename.empty()) upstream.rename = "{gateway}/{topic}";
    }
}

}  // namespace tidegate::gateway

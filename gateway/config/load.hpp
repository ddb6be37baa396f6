#pragma once

#include "gateway/config/config.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::gateway {

struct LoadedConfig {
    Config config;
    std::vector<std::string> problems;  // "file:line:column: what, and what to do"; empty: good
    std::vector<std::filesystem::path> files;
    std::map<std::string, std::string> places;  // "file:line:column" of "web.port", "broker.NAME.url" …
    std::vector<std::pair<std::string, std::string>> named_upstreams;  // where, and which: by rules
};

// Reads the given file alone, or /etc/tidegate/tidegate.toml and then conf.d/*.toml beside it, later files
// over earlier ones; with none of them there are the defaults. All problems are told at once.
LoadedConfig load_config(const std::filesystem::path& given);

// The same, but that what depends on the machine is not filled in, and that nothing is looked at that needs
// it: for who has something to put in its place before finish().
LoadedConfig read_config(const std::filesystem::path& given);
void finish(LoadedConfig& loaded);  // complete(), and the problems that only the whole has (validate.hpp)

// The same from a text, for tests.
void load_text(LoadedConfig& loaded, std::string_view text, const std::string& name);

// Once all is read: whether the upstreams that rules name are there. load_config() does it.
void check_named_upstreams(LoadedConfig& loaded);

// Where the unit has its directories.
struct UnitDirectories {
    std::filesystem::path state = "/var/lib/tidegate", runtime = "/run/tidegate";
};

// Fills in what depends on the machine: id, directories, client ids.
void complete(Config& config, const UnitDirectories& unit = {});

// As TOML, with every default written out; and as the reference in docs/configuration.md.
std::string as_toml(const Config& config);
std::string as_toml(const BrokerConfig& broker);
std::string as_toml(const UpstreamConfig& upstream);
std::string as_markdown();

}  // namespace tidegate::gateway

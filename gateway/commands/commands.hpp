#pragma once

#include <filesystem>
#include <string>
#include <vector>

// The subcommands of `tidegate`; each returns the exit status.
namespace tidegate::gateway {

inline constexpr int exit_bad_config = 78;  // EX_CONFIG: systemd does not start us again for it

int run_command(const std::filesystem::path& config);

int check_command(const std::filesystem::path& config, bool as_json);
int reference_command();  // docs/configuration.md

struct DecodeOptions {
    std::filesystem::path config;
    std::string topic;               // one message: payload on stdin
    std::filesystem::path messages;  // or many: NDJSON, a message a line
    bool retained = false;
};
int decode_command(const DecodeOptions& options);

// A copy of the data directory in the new directory `target`; the gateway may run meanwhile.
int backup_command(const std::filesystem::path& config, const std::filesystem::path& target);

struct ExportOptions {
    std::filesystem::path config;
    std::vector<std::string> series;  // topic#field
    std::vector<std::string> topics;  // filters
    std::string from, to;             // as parse_time() has it; empty: no bound
    std::string format = "csv";       // or ndjson
    std::filesystem::path output;     // empty: stdout
};

// History as text; the gateway may run meanwhile.
int export_command(const ExportOptions& options);

// Follows the next message on a topic through the running gateway, stage by stage.
struct TraceOptions {
    std::filesystem::path config;
    std::string topic;  // filter
    int seconds = 60;
    bool as_json = false;
};
int trace_command(const TraceOptions& options);

// Looks at all that the gateway stands on; 1 when something has to be mended. Ends the process.
[[noreturn]] int doctor_command(const std::filesystem::path& config, bool as_json_text);

// Of the running gateway, by its API.
int status_command(const std::filesystem::path& config, bool as_json);

}  // namespace tidegate::gateway

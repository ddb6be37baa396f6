#include "firmware-sim/options.hpp"

#include "firmware-sim/fleet.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <string_view>

namespace tidegate::sim {

namespace {

// "mqtt://host[:port]" into host and port; the empty string where it is right, else what is wrong with it.
std::string split_url(std::string_view url, Options& options)
{
    constexpr std::string_view scheme = "mqtt://";
    if (!url.starts_with(scheme)) return "the broker must be given as mqtt://host:port";
    url.remove_prefix(scheme.size());
    while (url.ends_with('/')) url.remove_suffix(1);
    const auto colon = url.rfind(':');
    if (colon != std::string_view::npos && !url.ends_with(']')) {
        const auto digits = url.substr(colon + 1);
        const auto* const end = digits.data() + digits.size();
        const auto [stopped, problem] = std::from_chars(digits.data(), end, options.port);
        if (problem != std::errc() || stopped != end || options.port == 0)
            return "the broker's port must be a number from 1 to 65535";
        url = url.substr(0, colon);
    }
    if (url.empty()) return "the broker must be given as mqtt://host:port";
    options.host = url;
    return {};
}

void declare(CLI::App& app, Options& options, std::string& url)
{
    app.add_option("--broker", url, "Where to publish")->capture_default_str();
    app.add_option("--devices", options.devices, "How many devices")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--rate", options.rate,
                   "Messages a second, of all together; 0: as fast as the broker takes them")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    app.add_option("--duration", options.duration, "Seconds; 0: for ever")
        ->check(CLI::Range(0.0, 1e9))
        ->capture_default_str();
    app.add_option("--qos", options.qos)->check(CLI::Range(0, 2))->capture_default_str();
    app.add_option("--seed", options.seed, "The same seed gives the same devices and signals")
        ->capture_default_str();
    app.add_option("--shapes", options.shapes, "Families of firmware, separated by commas; all by default")
        ->delimiter(',')
        ->check(CLI::IsMember(shape_names()));
    app.add_flag("--retain-availability", options.retain_availability,
                 "Retain what the devices say of their being there, and withdraw it at the end");
    app.add_option("--client-id", options.client_id, "MQTT client id; by default made from the process id");
    app.add_flag("--json", options.json, "Print the account as one JSON object");
    auto* const numbered = app.add_flag("--numbered", options.numbered,
                                        "For loss tests: device k publishes 1, 2, 3, ... on numbered/k");
    app.add_option("--acked-file", options.acked_file,
                   "Keep a file of what was acknowledged, a line a device: device, N (all of 1 to N), "
                   "further numbers")
        ->needs(numbered);
}

}  // namespace

Parsed parse(int argc, char** argv)
{
    Parsed parsed;
    std::string url = "mqtt://localhost:1883";
    CLI::App app("Publishes what a fleet of devices would, and counts what the broker acknowledged.",
                 "tidegate-sim");
    declare(app, parsed.options, url);
    try {
        app.parse(argc, argv);
        const auto fault = split_url(url, parsed.options);
        if (!fault.empty()) throw CLI::ValidationError("--broker", fault);
    } catch (const CLI::ParseError& end) {
        parsed.status = app.exit(end) == 0 ? 0 : 2;
        return parsed;
    }
    auto& options = parsed.options;
    if (options.shapes.empty()) options.shapes = shape_names();
    if (options.client_id.empty()) options.client_id = "tidegate-sim-" + std::to_string(getpid());
    parsed.run = true;
    return parsed;
}

}  // namespace tidegate::sim

#include "firmware-sim/options.hpp"

#include "firmware-sim/record.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <fmt/format.h>
#include <fstream>
#include <string_view>

namespace tidegate::sim {

namespace {

// As they are given, before they are looked at together.
struct Given {
    std::string url = "mqtt://localhost:1883";
    std::string password_file;
    std::vector<std::string> profiles;
    std::vector<std::string> faults;
    std::string start = "2026-01-01T00:00:00Z";
    bool list = false;
    std::string show;
};

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

// "bad=0.01" into a rate. The empty string, or what is wrong.
std::string take_fault(const std::string& text, FaultRates& rates)
{
    const auto equals = text.find('=');
    const auto fault = fault_named(text.substr(0, equals));
    if (!fault)
        return fmt::format(
            "there is no fault \"{}\"; there are dropout, duplicate, late, clock, bad, flood and reboot",
            text.substr(0, equals));
    const auto number = equals == std::string::npos ? std::string() : text.substr(equals + 1);
    double share = 0;
    const auto* const end = number.data() + number.size();
    const auto [stopped, problem] = std::from_chars(number.data(), end, share);
    if (problem != std::errc() || stopped != end || share < 0 || share > 1)
        return fmt::format("{0} needs a share from 0 to 1, as in {0}=0.01", to_string(*fault));
    rates.at(static_cast<std::size_t>(*fault)) = share;
    return {};
}

void declare_fleet(CLI::App& app, Options& options, Given& given)
{
    constexpr auto* group = "Fleet";
    app.add_option("--devices", options.devices, "How many devices")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str()
        ->group(group);
    app.add_option("--shapes", options.shapes,
                   "Families of firmware, separated by commas; also: common (the default), all")
        ->delimiter(',')
        ->group(group);
    app.add_option(
           "--profiles", given.profiles,
           "A file that describes a family of devices; may be given several times. Without --shapes only "
           "those that are given are in the fleet")
        ->group(group);
    app.add_flag("--list-profiles", given.list, "Say which families there are, and end")->group(group);
    app.add_option("--show-profile", given.show,
                   "Print the profile of a family, to make another of it, and end")
        ->group(group);
    app.add_option("--seed", options.seed, "The same seed gives the same devices, signals and faults")
        ->capture_default_str()
        ->group(group);
    app.add_option(
           "--fault", given.faults,
           "NAME=SHARE, several times: dropout, duplicate, late, bad, flood and reboot of so many messages, "
           "clock of so many devices; 0.01 is one in a hundred")
        ->delimiter(',')
        ->group(group);
    app.add_flag("--retain-availability", options.retain_availability,
                 "Retain what the devices say of themselves, and withdraw their availability at the end")
        ->group(group);
}

void declare_load(CLI::App& app, Options& options)
{
    constexpr auto* group = "Load";
    app.add_option("--rate", options.rate,
                   "Messages a second, of all together; 0: as fast as the broker takes them")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str()
        ->group(group);
    app.add_option("--ramp", options.ramp, "Seconds in which the rate rises from nothing to --rate")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str()
        ->group(group);
    app.add_option("--duration", options.duration, "Seconds; 0: for ever")
        ->check(CLI::Range(0.0, 1e9))
        ->capture_default_str()
        ->group(group);
    app.add_option("--connections", options.connections,
                   "Connections that the devices share; what one device says goes over one of them")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str()
        ->group(group);
    app.add_option("--qos", options.qos, "MQTT's quality of service")
        ->check(CLI::Range(0, 2))
        ->capture_default_str()
        ->group(group);
}

void declare_broker(CLI::App& app, Options& options, Given& given)
{
    constexpr auto* group = "Broker";
    app.add_option("--broker", given.url, "Where to publish")->capture_default_str()->group(group);
    app.add_option("--user", options.user, "User name")->group(group);
    app.add_option("--password-file", given.password_file, "File with the password of --user")->group(group);
    app.add_option("--client-id", options.client_id, "MQTT client id; by default made from the process id")
        ->group(group);
}

void declare_recordings(CLI::App& app, Options& options, Given& given)
{
    constexpr auto* group = "Recordings";
    auto* const replay =
        app.add_option("--replay", options.replay,
                       "Publish what a file has instead of a fleet: NDJSON of --print, or CSV or "
                       "NDJSON of `tidegate export`")
            ->group(group);
    app.add_option("--speed", options.speed,
                   "Of --replay: 60 plays an hour in a minute; 0: as fast as it goes")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str()
        ->needs(replay)
        ->group(group);
    app.add_option("--print", options.print,
                   "Write so many messages to standard output as NDJSON instead of publishing them")
        ->group(group);
    app.add_option("--start", given.start,
                   "Time of the first message of --print; later ones follow at --rate")
        ->capture_default_str()
        ->group(group);
}

void declare_account(CLI::App& app, Options& options)
{
    constexpr auto* group = "Account";
    app.add_flag("--json", options.json, "Print the account as one JSON object")->group(group);
    auto* const numbered = app.add_flag("--numbered", options.numbered,
                                        "For loss tests: device k publishes 1, 2, 3, ... on numbered/k")
                               ->group(group);
    app.add_option("--acked-file", options.acked_file,
                   "Keep a file of what was acknowledged, a line a device: device, N (all of 1 to N), "
                   "further numbers")
        ->needs(numbered)
        ->group(group);
}

void read_password(const Given& given, Options& options)
{
    if (given.password_file.empty()) return;
    std::ifstream in(given.password_file);
    if (!std::getline(in, options.password))
        throw CLI::ValidationError("--password-file", given.password_file + " cannot be read, or is empty");
}

// Looks at what belongs together. Throws as CLI11 does.
void check(Given& given, Options& options)
{
    if (const auto fault = split_url(given.url, options); !fault.empty())
        throw CLI::ValidationError("--broker", fault);
    for (const auto& fault : given.faults)
        if (const auto wrong = take_fault(fault, options.faults); !wrong.empty())
            throw CLI::ValidationError("--fault", wrong);
    const auto start = time_of(given.start);
    if (!start) throw CLI::ValidationError("--start", "a time is written as 2026-01-01T00:00:00Z");
    options.start_ms = *start;
    read_password(given, options);
    auto catalogue = std::make_shared<Catalogue>();
    try {
        const bool only_given = options.shapes.empty();
        for (const auto& file : given.profiles) {
            const auto family = catalogue->add(file);
            if (only_given) options.shapes.push_back(family);
        }
        if (options.shapes.empty()) options.shapes = {"common"};
        static_cast<void>(catalogue->chosen(options.shapes));
    } catch (const std::runtime_error& problem) {
        throw CLI::ValidationError(given.profiles.empty() ? "--shapes" : "--profiles", problem.what());
    }
    options.catalogue = std::move(catalogue);
    if (options.client_id.empty()) options.client_id = "tidegate-sim-" + std::to_string(getpid());
}

constexpr const char* footer = R"(
Examples:
  tidegate-sim --devices 40 --rate 40 --shapes all
      a house of everything that a gateway understands, on a broker at localhost
  tidegate-sim --devices 10000 --connections 8 --rate 5000 --ramp 30 --duration 120 --json
      a load that rises for half a minute, and what became of it
  tidegate-sim --devices 200 --rate 500 --fault dropout=0.001,late=0.001,bad=0.0005
      a site on which things go wrong
  tidegate-sim --replay day.csv --speed 60
      a day that `tidegate export` has written, in 24 minutes

Exit status: 0 when all that was published was acknowledged, 1 when not, 2 when the options were wrong.)";

}  // namespace

Parsed parse(int argc, char** argv)
{
    Parsed parsed;
    Given given;
    CLI::App app("Publishes what a fleet of devices would, and counts what the broker acknowledged.",
                 "tidegate-sim");
    app.set_version_flag("--version", TIDEGATE_SIM_VERSION);
    app.footer(footer);
    auto& options = parsed.options;
    declare_broker(app, options, given);
    declare_fleet(app, options, given);
    declare_load(app, options);
    declare_recordings(app, options, given);
    declare_account(app, options);
    try {
        app.parse(argc, argv);
        check(given, options);
    } catch (const CLI::ParseError& end) {
        parsed.status = app.exit(end) == 0 ? 0 : 2;
        return parsed;
    }
    if (given.list) {
        fmt::print("{}", options.catalogue->list());
        return parsed;
    }
    if (!given.show.empty()) {
        const auto text = Catalogue::text_of(given.show);
        if (text.empty()) {
            fmt::print(stderr, "there is no family \"{}\"; --list-profiles says which there are\n",
                       given.show);
            parsed.status = 2;
        }
        fmt::print("{}", text);
        return parsed;
    }
    parsed.run = true;
    return parsed;
}

}  // namespace tidegate::sim

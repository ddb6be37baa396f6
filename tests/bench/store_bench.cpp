// What the store costs: run without arguments for help, with `all` for the table of docs/benchmarks.md.
#include "influx_bench.hpp"
#include "measure.hpp"
#include "results.hpp"
#include "store_steps.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fmt/format.h>
#include <functional>
#include <string>
#include <vector>

namespace tidegate::bench {
namespace {

struct Wanted {
    std::string parent = "/var/tmp";
    std::string place, results;  // given by a run of `all` to its steps
    bool own_disk = true;
    std::uint64_t seed = 1;

    char profile = 'S';
    std::uint64_t readings = 0, fill = 5'000'000;
    std::size_t runs = 9;
    double hours = 3, speed = 72, days = 3.5, seconds = 60;
    bool quick = false, with_influx = true, keep_hot = false;
    std::size_t hot = 0;
    std::string directory;
    WrittenPlan written;
    InfluxPlan influx;
};

using Step = std::function<Result<>(const Place&)>;

struct Call {
    std::vector<std::string> arguments;
    bool on_own_disk = true;
};

// The whole measurement. Order matters: some steps go on with what another has left.
std::vector<Call> steps_of(const Wanted& wanted)
{
    const bool quick = wanted.quick;
    const auto pick = [&](const char* full, const char* short_one) {
        return std::string(quick ? short_one : full);
    };
    std::vector<Call> steps{
        {{"fill", "--profile", "S", "--readings", pick("50000000", "2000000")}},
        {{"ready", "--readings", pick("1800000", "200000"), "--runs", pick("5", "1")}},
        {{"memory", "--hours", pick("3", "0.5"), "--speed", pick("72", "144")}},
        {{"fill", "--profile", "L", "--readings", pick("68000000", "5000000")}},
        {{"queries", "--runs", pick("21", "9")}},
        {{"written", "--rate", "50000", "--commit", "5000", "--seconds", pick("35", "5"), "--steady-seconds",
          pick("120", "5"), "--hot", pick("0", "300000")}},
        {{"written", "--rate", "10000", "--commit", "1000", "--seconds", pick("120", "5"), "--hot",
          pick("0", "300000")}},
        {{"written", "--rate", "1000", "--commit", "250", "--seconds", pick("180", "5"), "--hot",
          pick("0", "300000")}},
        {{"written", "--rate", "100", "--commit", "25", "--seconds", pick("180", "5"), "--hot",
          pick("0", "300000")}},
        {{"written", "--rate", "100", "--commit", "100", "--seconds", pick("180", "5"), "--hot",
          pick("0", "300000")}},
        {{"replay", "--readings", pick("2000000", "300000"), "--runs", pick("5", "1")}},
        {{"purge", "--days", pick("3.5", "2.2")}},
        {{"commits", "--seconds", pick("60", "10")}, false},
    };
    if (wanted.with_influx)
        steps.push_back({{"influx", "--readings", pick("5000000", "200000"), "--batches", pick("2000", "50"),
                          "--fast-readings", pick("25600000", "300000")}});
    return steps;
}

// One step alone, with the filling that it goes on from.
std::vector<Call> filled_before(const Wanted& wanted, std::vector<std::string> step)
{
    const auto& name = step.front();
    const auto fill = [&](const char* profile) {
        return Call{{"fill", "--profile", profile, "--readings", std::to_string(wanted.fill)}};
    };
    std::vector<Call> steps;
    if (name == "ready" || name == "memory") steps.push_back(fill("S"));
    if (name == "queries") steps.push_back(fill("L"));
    steps.push_back({std::move(step), name != "commits"});
    return steps;
}

// Runs each step as a process of its own, so that none meets another's memory.
Result<> run_steps(const std::vector<Call>& steps,
                   const Wanted& wanted,
                   const Place& disk,
                   const Place& plain)
{
    std::string failed;
    for (const auto& step : steps) {
        if (was_interrupted()) return Error{ErrorKind::unavailable, "interrupted"};
        const auto& place = step.on_own_disk ? disk : plain;
        std::vector<std::string> arguments{"/proc/self/exe"};
        arguments.insert(arguments.end(), step.arguments.begin(), step.arguments.end());
        for (const auto& more : {std::string("--place"), place.directory.string(), std::string("--results"),
                                 wanted.results, std::string("--seed"), std::to_string(wanted.seed)})
            arguments.push_back(more);
        fmt::print(stderr, "==> {}\n", fmt::join(step.arguments, " "));
        if (const auto status = run_program(arguments); status != 0)
            failed +=
                fmt::format("{}{} ({})", failed.empty() ? "" : ", ", fmt::join(step.arguments, " "), status);
    }
    if (!failed.empty()) return Error{ErrorKind::internal, "these steps failed: " + failed};
    return {};
}

void add_common(CLI::App& app, Wanted& wanted)
{
    app.add_option("--in", wanted.parent, "Where to make a directory for the data, gone at the end")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
    app.add_flag("!--no-own-disk", wanted.own_disk,
                 "Do not make an ext4 of its own on a loop device (which root may)");
    app.add_option("--seed", wanted.seed, "The same seed gives the same readings")
        ->take_last()
        ->capture_default_str();
    app.add_option("--place", wanted.place)->group("");
    app.add_option("--results", wanted.results)->group("");
}

void add_fill(CLI::App& app, Wanted& wanted)
{
    app.add_option("--fill", wanted.fill, "Readings fed before, when it runs alone")->capture_default_str();
}

// Declares a subcommand; what it does is kept in `chosen` when it is the one.
CLI::App& subcommand(
    CLI::App& app, Wanted& wanted, Step& chosen, const char* name, const char* what, Step step)
{
    auto& command = *app.add_subcommand(name, what);
    add_common(command, wanted);
    command.callback([&chosen, step] { chosen = step; });
    return command;
}

void declare(CLI::App& app, Wanted& wanted, Step& chosen)
{
    auto& fill =
        subcommand(app, wanted, chosen, "fill", "CPU a million and bytes at rest", [&](const Place& place) {
            return measure_fill(place, static_cast<Profile>(wanted.profile), wanted.readings);
        });
    fill.add_option("--profile", wanted.profile, "S or L")
        ->check(CLI::IsMember({'S', 'L'}))
        ->capture_default_str();
    fill.add_option("--readings", wanted.readings)->required();

    auto& ready =
        subcommand(app, wanted, chosen, "ready", "Start with a filled S after a kill",
                   [&](const Place& place) { return measure_ready(place, wanted.readings, wanted.runs); });
    add_fill(ready, wanted);
    ready.add_option("--readings", wanted.readings, "Not sealed when it is killed")->required();
    ready.add_option("--runs", wanted.runs)->capture_default_str();

    auto& memory =
        subcommand(app, wanted, chosen, "memory", "Resident memory on a filled S",
                   [&](const Place& place) { return measure_memory(place, wanted.hours, wanted.speed); });
    add_fill(memory, wanted);
    memory.add_option("--hours", wanted.hours, "Of readings")->capture_default_str();
    memory.add_option("--speed", wanted.speed, "Times as fast as they would come")->capture_default_str();

    auto& queries = subcommand(app, wanted, chosen, "queries", "History of a filled L",
                               [&](const Place& place) { return measure_queries(place, wanted.runs); });
    add_fill(queries, wanted);
    queries.add_option("--runs", wanted.runs)->capture_default_str();

    auto& written = subcommand(app, wanted, chosen, "written", "Bytes that the device is written, paced",
                               [&](const Place& place) { return measure_written(place, wanted.written); });
    written.add_option("--rate", wanted.written.rate, "Readings a second")->capture_default_str();
    written.add_option("--commit", wanted.written.commit, "Readings a commit")->capture_default_str();
    written.add_option("--seconds", wanted.written.seconds)->capture_default_str();
    written
        .add_option("--steady-seconds", wanted.written.steady_seconds, "And so long with the default limits")
        ->capture_default_str();
    written
        .add_option("--hot", wanted.written.hot,
                    "Readings in memory when it seals; 0: nearly the default limit")
        ->capture_default_str();

    auto& replay = subcommand(app, wanted, chosen, "replay", "Start after a crash", [&](const Place& place) {
        return measure_replay(place, wanted.readings, wanted.runs);
    });
    replay.add_option("--readings", wanted.readings)->required();
    replay.add_option("--runs", wanted.runs)->capture_default_str();

    auto& purge = subcommand(app, wanted, chosen, "purge", "Bytes written while the oldest day goes",
                             [&](const Place& place) { return measure_purge(place, wanted.days); });
    purge.add_option("--days", wanted.days, "Of readings of L")->capture_default_str();

    auto& commits = subcommand(app, wanted, chosen, "commits", "Commits beside sealing, at 5,000 readings/s",
                               [&](const Place& place) { return measure_commits(place, wanted.seconds); });
    commits.add_option("--seconds", wanted.seconds)->capture_default_str();

    auto& influxdb = subcommand(app, wanted, chosen, "influx", "The same with a private influxd",
                                [&](const Place& place) { return measure_influx(place, wanted.influx); });
    influxdb.add_option("--readings", wanted.influx.spread_readings)->capture_default_str();
    influxdb.add_option("--batches", wanted.influx.other_batches)->capture_default_str();
    influxdb.add_option("--fast-readings", wanted.influx.fast_readings)->capture_default_str();
    influxdb.add_option("--runs", wanted.influx.runs)->capture_default_str();

    auto& feeding = subcommand(app, wanted, chosen, "feed-and-die", "", [&](const Place&) {
        return feed_and_die(wanted.directory, wanted.readings, wanted.keep_hot, wanted.seed);
    });
    feeding.group("");
    feeding.add_option("directory", wanted.directory)->required();
    feeding.add_option("--readings", wanted.readings)->required();
    feeding.add_flag("--hot", wanted.keep_hot);

    auto& opening = subcommand(app, wanted, chosen, "open-and-die", "", [&](const Place& place) {
        auto results = place.results;
        return open_and_die(wanted.directory, wanted.hot, results);
    });
    opening.group("");
    opening.add_option("directory", wanted.directory)->required();
    opening.add_option("--hot", wanted.hot);
}

int run(int argc, char** argv)
{
    CLI::App app("What the store costs: bytes, CPU, memory and time, on a made-up fleet of 1,000 series.");
    app.require_subcommand(1);
    Wanted wanted;
    Step chosen;
    declare(app, wanted, chosen);
    auto& all = *app.add_subcommand("all", "Everything, and one table. Half an hour or more");
    add_common(all, wanted);
    all.add_flag("--quick", wanted.quick, "Small sizes: shows that it works; the figures say little");
    all.add_flag("!--no-influx", wanted.with_influx, "Without InfluxDB beside it");
    CLI11_PARSE(app, argc, argv);

    const auto say = [](const Error& error) {
        fmt::print(stderr, "tidegate_store_bench: {}\n", error.what);
        return EXIT_FAILURE;
    };
    if (!wanted.results.empty()) {  // a step of another run
        auto done = chosen({wanted.place, wanted.seed, Results(wanted.results)});
        return done ? EXIT_SUCCESS : say(done.error());
    }
    pass_on_signals();
    constexpr std::uint64_t disk_bytes = 16ULL << 30U;  // sparse
    auto plain = Scratch::make(wanted.parent, false, 0);
    if (!plain) return say(plain.error());
    auto disk = Scratch::make(wanted.parent, wanted.own_disk, disk_bytes);
    if (!disk) return say(disk.error());
    wanted.results = plain->path() / "results";
    const Results results(wanted.results);
    const Place on_disk{disk->path(), wanted.seed, results}, on_plain{plain->path(), wanted.seed, results};
    auto steps = steps_of(wanted);
    if (chosen) steps = filled_before(wanted, {argv + 1, argv + argc});
    auto done = run_steps(steps, wanted, on_disk, on_plain);
    results.print_table();
    return done ? EXIT_SUCCESS : say(done.error());
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv)
{
    return tidegate::bench::run(argc, argv);
}

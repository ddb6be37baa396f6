#include "gateway/commands/ask_gateway.hpp"
#include "gateway/commands/commands.hpp"
#include "gateway/config/load.hpp"
#include "gateway/config/secrets.hpp"
#include "gateway/doctor/certificates.hpp"
#include "gateway/doctor/connections.hpp"
#include "gateway/doctor/finding.hpp"
#include "gateway/doctor/machine.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fmt/format.h>
#include <functional>
#include <future>
#include <thread>
#include <utility>
#include <vector>

namespace tidegate::gateway {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto limit = std::chrono::seconds(30);  // for all together
constexpr auto step = std::chrono::milliseconds(200);

struct Look {
    std::string area;
    std::function<Findings()> at;
};
struct Check {
    std::string area;
    std::future<Findings> found;
};

std::vector<Look> looks_of(const Config& config, const nlohmann::json& running)
{
    const bool there = running.is_object();
    std::vector<Look> looks{{"clock", check_clock},
                            {"memory", [&config] { return check_memory(config); }},
                            {"disk", [&config] { return check_state_disk(config); }},
                            {"card", [&config] { return check_card(config); }},
                            {"ring", [&config] { return check_ring_disk(config); }},
                            {"web", [&config, there] { return check_port(config, there); }},
                            {"files", [&config] { return check_certificates(config, std::time(nullptr)); }}};
    for (const auto& broker : config.brokers)
        looks.push_back({"broker " + broker.name, [&] { return check_broker(config, broker, running); }});
    for (const auto& upstream : config.upstreams)
        looks.push_back(
            {"upstream " + upstream.name, [&] { return check_upstream(config, upstream, running); }});
    return looks;
}

// All at once, each on a thread of its own that is waited for no longer than all together may take.
std::vector<Check> start(std::vector<Look> looks)
{
    std::vector<Check> checks;
    for (auto& look : looks) {
        std::packaged_task<Findings()> task(std::move(look.at));
        checks.push_back({std::move(look.area), task.get_future()});
        std::thread(std::move(task)).detach();  // one that hangs ends with the process
    }
    return checks;
}

// What is waited for, on a terminal, from a second on.
void show_progress(const std::vector<Check>& checks, Clock::time_point began)
{
    if (::isatty(STDERR_FILENO) == 0 || Clock::now() - began < std::chrono::seconds(1)) return;
    std::string waits;
    for (const auto& check : checks)
        if (check.found.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            waits += (waits.empty() ? "" : ", ") + check.area;
    fmt::print(stderr, "\r\x1b[Kwaiting for {}", waits);
    if (waits.empty()) fmt::print(stderr, "\r\x1b[K");
}

Findings collect(std::vector<Check>& checks)
{
    const auto began = Clock::now();
    Findings all;
    for (auto& check : checks) {
        while (check.found.wait_for(step) != std::future_status::ready && Clock::now() - began < limit)
            show_progress(checks, began);
        if (check.found.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
            all.push_back({Verdict::fail, check.area, fmt::format("no answer within {} s", limit.count()),
                           "a disk or a name server that hangs; look at dmesg and /etc/resolv.conf"});
            continue;
        }
        try {
            for (auto& one : check.found.get()) all.push_back(std::move(one));
        } catch (const std::exception& failure) {
            all.push_back({Verdict::fail, check.area, failure.what(), "this is a bug: tell us"});
        }
    }
    show_progress(checks, began);
    return all;
}

Findings check_files(Config& config, const LoadedConfig& loaded)
{
    Findings findings{
        {Verdict::ok, "config",
         loaded.files.empty()
             ? std::string("no file: the defaults")
             : fmt::format("{} is good", loaded.files.front().string()) +
                   (loaded.files.size() > 1 ? fmt::format(", and {} drop-ins", loaded.files.size() - 1)
                                            : "")}};
    for (const auto& wrong : resolve_all_files(config))
        findings.push_back(
            {Verdict::fail, "secrets", wrong.what,
             "run doctor as the gateway's user; credentials of systemd are there for the unit alone"});
    return findings;
}

Findings check_running(const nlohmann::json& running)
{
    if (!running.is_object())
        return {{Verdict::warn, "gateway", "none is running with this configuration",
                 "systemctl start tidegate"}};
    Findings findings{
        {Verdict::ok, "gateway", fmt::format("runs, version {}", running.value("version", ""))}};
    if (const auto trouble = running.value("trouble", ""); !trouble.empty())
        findings.push_back({Verdict::fail, "gateway", "it cannot store: " + trouble,
                            "see docs/operations.md, when the disk is full"});
    if (running.contains("wear") && running["wear"]["days_left"].is_number()) {
        constexpr std::int64_t half_a_year = 182;
        const auto days = running["wear"]["days_left"].get<std::int64_t>();
        findings.push_back(
            {days < half_a_year ? Verdict::warn : Verdict::ok, "card",
             fmt::format("lasts {} days at the rate of the last day", days),
             days < half_a_year ? "have another one ready, and see store.commit and store.durability" : ""});
    }
    if (!running.contains("configuration")) return findings;
    const auto& configuration = running["configuration"];
    for (const auto& problem : configuration["problems"])
        findings.push_back({Verdict::warn, "config",
                            "the running gateway refused it: " + problem.get<std::string>(),
                            "mend it, then systemctl reload tidegate"});
    for (const auto& problem : configuration.value("incomplete", nlohmann::json::array()))
        findings.push_back({Verdict::fail, "config",
                            "it is in effect, but this could not be started: " + problem.get<std::string>(),
                            "mend what is in the way, then systemctl reload tidegate"});
    return findings;
}

}  // namespace

int doctor_command(const std::filesystem::path& file, bool as_json_text)
{
    auto loaded = load_config(file);
    Findings findings;
    if (!loaded.problems.empty()) {
        for (const auto& problem : loaded.problems)
            findings.push_back(
                {Verdict::fail, "config", problem, "mend it; docs/configuration.md has every key"});
    } else {
        auto& config = loaded.config;
        findings = check_files(config, loaded);
        const auto answer = ask_gateway(config, "GET", "/api/v1/gateway");
        const auto running = answer ? nlohmann::json::parse(*answer, nullptr, false) : nlohmann::json();
        for (auto& one : check_running(running)) findings.push_back(std::move(one));
        auto checks = start(looks_of(config, running));
        for (auto& one : collect(checks)) findings.push_back(std::move(one));
    }
    const bool painted =
        ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;  // NOLINT(concurrency-mt-unsafe)
    const auto text =
        as_json_text ? as_json(findings) : as_text(findings, painted ? Colour::yes : Colour::no);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    // Not exit(): a check that hangs may still refer to what is here.
    std::_Exit(worst_of(findings) == Verdict::fail ? 1 : 0);
}

}  // namespace tidegate::gateway

#include "base/utf8.hpp"
#include "gateway/commands/ask_gateway.hpp"
#include "gateway/commands/commands.hpp"
#include "gateway/config/load.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <thread>

namespace tidegate::gateway {

namespace {

using Json = nlohmann::json;

constexpr auto look_again = std::chrono::milliseconds(200);

// A topic is a foreign text: for a URL.
std::string in_query(const std::string& text)
{
    std::string out;
    for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return out;
}

// What is new since `said` stages; gives how many there are.
std::size_t print_stages(const Json& trace, std::size_t said)
{
    const auto& stages = trace.at("stages");
    if (said == 0 && !stages.empty()) fmt::print("{}\n", shown(trace.at("topic").get<std::string>()));
    for (auto i = said; i < stages.size(); ++i)
        fmt::print("{:>10.3f} ms  {:<12} {}\n", stages[i].at("ms").get<double>(),
                   stages[i].at("stage").get<std::string>(), shown(stages[i].at("what").get<std::string>()));
    std::fflush(stdout);
    return stages.size();
}

int finish(const Json& trace, const TraceOptions& options)
{
    const bool done = trace.at("state") == "done";
    if (options.as_json) {
        fmt::print("{}\n", trace.dump(2, ' ', false, Json::error_handler_t::replace));
    } else if (trace.at("topic").is_null()) {
        fmt::print(stderr, "no message came on {} within {} s\n", shown(options.topic), options.seconds);
    } else {
        for (const auto& upstream : trace.at("unacknowledged"))
            if (!done) fmt::print("not seen to be acknowledged: {}\n", shown(upstream.get<std::string>()));
    }
    return done ? 0 : 1;
}

}  // namespace

int trace_command(const TraceOptions& options)
{
    const auto loaded = load_config(options.config);
    for (const auto& problem : loaded.problems) fmt::print(stderr, "{}\n", problem);
    if (!loaded.problems.empty()) return exit_bad_config;
    const auto begun = ask_gateway(
        loaded.config, "POST",
        fmt::format("/api/v1/trace?topic={}&seconds={}", in_query(options.topic), options.seconds));
    if (!begun) {
        fmt::print(stderr, "tidegate: {}\n", begun.error().what);
        return 1;
    }
    const auto id = Json::parse(*begun, nullptr, false).value("id", "");
    for (std::size_t said = 0;;) {
        const auto answer = ask_gateway(loaded.config, "GET", "/api/v1/trace");
        const auto trace = answer ? Json::parse(*answer, nullptr, false) : Json();
        if (!trace.is_object() || trace.value("id", "") != id) {
            fmt::print(stderr, "tidegate: {}\n",
                       answer ? "somebody else follows a message now" : answer.error().what);
            return 1;
        }
        if (!options.as_json) said = print_stages(trace, said);
        if (trace.at("state") == "done" || trace.at("state") == "timed_out") return finish(trace, options);
        std::this_thread::sleep_for(look_again);
    }
}

}  // namespace tidegate::gateway

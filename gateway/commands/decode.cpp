#include "gateway/commands/commands.hpp"
#include "gateway/config/load.hpp"
#include "gateway/trials.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <optional>

namespace tidegate::gateway {

namespace {

using nlohmann::ordered_json;

// `index`: of the message in its file; none: it came by stdin.
void try_out(const TrialMessage& message, std::optional<std::size_t> index, TrialBench& bench)
{
    const auto where = index ? fmt::format("message {}: ", *index) : std::string();
    const auto trial = bench.take(message);
    for (const auto& ask : trial.asks) fmt::print(stderr, "{}{}: {}\n", where, message.topic, ask);
    fmt::print(stderr, "{}{}: {}\n", where, message.topic, trial.what);
    for (const auto& reading : trial.readings) {
        ordered_json out;
        if (index) out["message"] = *index;
        out.update(reading);
        fmt::print("{}\n", out.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
    }
}

int decode_file(const std::filesystem::path& file, TrialBench& bench)
{
    std::ifstream in(file);
    if (!in) {
        fmt::print(stderr, "{}: cannot be read\n", file.string());
        return 1;
    }
    int status = 0;
    std::string text;
    for (std::size_t index = 0; std::getline(in, text); ++index) {
        if (const auto message = read_trial(nlohmann::json::parse(text, nullptr, false))) {
            try_out(*message, index, bench);
            continue;
        }
        fmt::print(
            stderr,
            "{}:{}: not a message; needs {{\"topic\": \"…\", \"payload\": \"…\"}} or \"payload_base64\"\n",
            file.string(), index + 1);
        status = 1;
    }
    return status;
}

}  // namespace

int decode_command(const DecodeOptions& options)
{
    const auto loaded = load_config(options.config);
    for (const auto& problem : loaded.problems) fmt::print(stderr, "{}\n", problem);
    if (!loaded.problems.empty()) return exit_bad_config;
    TrialBench bench(loaded.config.limits, loaded.config.rules);
    if (!options.messages.empty()) return decode_file(options.messages, bench);
    const std::string payload((std::istreambuf_iterator<char>(std::cin)), {});
    try_out({options.topic, payload, options.retained}, std::nullopt, bench);
    return 0;
}

}  // namespace tidegate::gateway

#include "gateway/commands/status.hpp"

#include "gateway/commands/ask_gateway.hpp"
#include "gateway/commands/commands.hpp"
#include "gateway/config/load.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

using Json = nlohmann::json;

}  // namespace

int status_command(const std::filesystem::path& config, bool as_json)
{
    const auto loaded = load_config(config);
    for (const auto& problem : loaded.problems) fmt::print(stderr, "{}\n", problem);
    if (!loaded.problems.empty()) return exit_bad_config;
    Json answers = Json::object();
    for (const auto* name : {"gateway", "books", "commands", "alarms"}) {
        const auto answer = ask_gateway(loaded.config, "GET", fmt::format("/api/v1/{}", name));
        if (!answer) {
            fmt::print(stderr, "tidegate: {}\n", answer.error().what);
            return 1;
        }
        answers[name] = Json::parse(*answer, nullptr, false);  // what is none is found out below
    }
    try {
        const auto text = as_json ? answers.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                                  : status_text(answers["gateway"], answers["books"], answers["commands"],
                                                answers["alarms"]);
        std::fwrite(text.data(), 1, text.size(), stdout);
    } catch (const Json::exception&) {
        fmt::print(stderr,
                   "tidegate: the gateway's answer is not understood; is it of another version than this "
                   "command? `tidegate --version` and `version` in GET /api/v1/gateway say it\n");
        return 1;
    }
    return 0;
}

}  // namespace tidegate::gateway

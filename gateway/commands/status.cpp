#include "gateway/commands/status.hpp"

#include "base/error.hpp"
#include "gateway/commands/commands.hpp"
#include "gateway/config/load.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <sstream>

namespace tidegate::gateway {

namespace {

using Json = nlohmann::json;

// Where the API is reached from this machine.
std::string host_of(const WebConfig& web)
{
    if (web.address == "0.0.0.0") return "127.0.0.1";
    return web.address == "::" ? "::1" : web.address;
}

Result<std::string> ask(const WebConfig& web, const std::string& target)
{
    const auto host = host_of(web);
    const auto name = host.find(':') == host.npos ? host : "[" + host + "]";
    boost::asio::ip::tcp::iostream stream;
    stream.expires_after(std::chrono::seconds(10));
    stream.connect(host, std::to_string(web.port));
    if (!stream)
        return Error{
            ErrorKind::unavailable,
            fmt::format(
                "no gateway answers at {}:{} ({}); is it running, and is this its configuration (-c)?", name,
                web.port, stream.error().message())};
    stream << "GET " << target << " HTTP/1.1\r\nHost: " << name << ':' << web.port
           << "\r\nConnection: close\r\n\r\n"
           << std::flush;
    std::ostringstream answer;
    answer << stream.rdbuf();
    const auto text = answer.str();
    const auto head = text.find("\r\n\r\n");
    if (head != text.npos && text.starts_with("HTTP/1.1 200 ")) return text.substr(head + 4);
    return Error{ErrorKind::unavailable, fmt::format("{}:{}{} is no answer of a gateway: {}", name, web.port,
                                                     target, text.substr(0, text.find('\r')))};
}

}  // namespace

int status_command(const std::filesystem::path& config, bool as_json)
{
    const auto loaded = load_config(config);
    for (const auto& problem : loaded.problems) fmt::print(stderr, "{}\n", problem);
    if (!loaded.problems.empty()) return exit_bad_config;
    Json answers = Json::object();
    for (const auto* name : {"gateway", "books", "commands", "alarms"}) {
        const auto answer = ask(loaded.config.web, fmt::format("/api/v1/{}", name));
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
    } catch (const Json::exception& failure) {  // of a gateway of another version
        fmt::print(stderr, "tidegate: the gateway's answer is not understood: {}\n", failure.what());
        return 1;
    }
    return 0;
}

}  // namespace tidegate::gateway

#include "bridge/command_text.hpp"

#include "base/json_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/format.h>

namespace tidegate::bridge {

namespace {

using Json = nlohmann::json;

constexpr std::size_t longest_id = 128;
constexpr std::int64_t longest_expiry_s = 7 * 24 * 3600;

Error wrong(std::string_view what)
{
    return {ErrorKind::invalid, std::string(what)};
}

bool fits_id(std::string_view id)
{
    return !id.empty() && id.size() <= longest_id &&
           std::ranges::all_of(id, [](char c) { return c > ' ' && c <= '~'; });
}

Result<> read_text(const Json& value, std::string_view name, std::string& into)
{
    if (!value.is_string()) return wrong(fmt::format("{} must be a text", name));
    into = value.get<std::string>();
    return {};
}

Result<> read_number(
    const Json& value, std::string_view name, std::int64_t least, std::int64_t most, std::int64_t& into)
{
    const bool fits =
        value.is_number_integer() &&
        !(value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) &&
        value.get<std::int64_t>() >= least && value.get<std::int64_t>() <= most;
    if (!fits) return wrong(fmt::format("{} must be a whole number, {} to {}", name, least, most));
    into = value.get<std::int64_t>();
    return {};
}

Result<> read_key(const std::string& name, const Json& value, CommandRequest& into)
{
    constexpr std::int64_t year_9999 = 253'402'300'799'999;
    if (name == "topic") return read_text(value, name, into.topic);
    if (name == "payload") return read_text(value, name, into.payload);
    if (name == "broker") return read_text(value, name, into.broker);
    if (name == "issued") return read_number(value, name, 1, year_9999, into.issued_ms);
    if (name == "expires_in_s") {
        auto done = read_number(value, name, 1, longest_expiry_s, into.expires_in_ms);
        into.expires_in_ms *= 1000;
        return done;
    }
    if (name == "qos") {
        std::int64_t qos = 1;
        auto done = read_number(value, name, 0, 2, qos);
        into.qos = static_cast<int>(qos);
        return done;
    }
    return wrong(
        fmt::format("a command has no key \"{}\"; it has id, topic, payload, qos, expires_in_s, "
                    "issued and broker",
                    name.substr(0, 40)));
}

}  // namespace

Result<> read_command(std::string_view json, CommandRequest& into)
{
    const auto tree = Json::parse(json, nullptr, false);
    if (!tree.is_object()) return wrong(R"(a command is a JSON object like {"topic":"…","payload":"…"})");
    if (const auto id = tree.find("id"); id != tree.end()) {
        if (!id->is_string() || !fits_id(id->get_ref<const std::string&>()))
            return wrong("id must be a text of 1 to 128 printable ASCII characters without blanks");
        into.id = id->get<std::string>();
    }
    for (const auto& [name, value] : tree.items())
        if (name != "id")
            if (auto done = read_key(name, value, into); !done) return done;
    if (!tree.contains("topic") || !tree.contains("payload"))
        return wrong("a command needs a topic and a payload");
    return {};
}

std::string result_json(const store::Command& command, std::string_view gateway)
{
    std::string out = R"({"gateway":)";
    append_json_text(out, gateway);
    out += R"(,"id":)";
    append_json_text(out, command.id);
    out += R"(,"topic":)";
    append_json_text(out, command.topic);
    out += R"(,"result":)";
    append_json_text(out, to_string(command.state));
    out += R"(,"why":)";
    append_json_text(out, command.why);
    out += R"(,"at":)" + std::to_string(command.ended_ms) + '}';
    return out;
}

}  // namespace tidegate::bridge

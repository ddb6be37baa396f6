#include "base/clock.hpp"
#include "gateway/commands/base64.hpp"
#include "gateway/commands/commands.hpp"
#include "gateway/config/load.hpp"
#include "gateway/decode/decoder.hpp"
#include "gateway/decode/device_time.hpp"
#include "gateway/rules/rule_set.hpp"
#include "gateway/rules/scale.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <optional>

namespace tidegate::gateway {

namespace {

using nlohmann::ordered_json;

struct Line {
    std::string topic, payload;
    std::optional<std::size_t> index;  // in the file; none: from stdin
    bool retained = false;
};

ordered_json as_json(const store::Value& value)
{
    return std::visit([](const auto& v) { return ordered_json(v); }, value);
}

ordered_json text_or_null(const std::string& text)
{
    return text.empty() ? ordered_json() : ordered_json(text);
}

// What understands messages, as the gateway would.
struct Mind {
    Decoder decoder;
    RuleSet rules;
};

// Of the rules that match, counted from 1 as they are written.
ordered_json places_of(const std::vector<std::uint32_t>& rules)
{
    if (rules.empty()) return {};
    auto places = ordered_json::array();
    for (const auto rule : rules) places.push_back(rule + 1);
    return places;
}

void print_reading(const Line& line, Field field, const Decoded& decoded, Mind& mind)
{
    auto series = describe_field(mind.decoder, line.topic, field.pointer, field);
    const auto& settings =
        mind.rules.settings_of({series.topic, series.device, series.field, series.device_class});
    mind.rules.rename(series);
    scale(settings.scaling, field.value);
    const auto now_ms = wall_ms();
    const auto device_ms = believable(field.time_ms != 0 ? field.time_ms : decoded.time_ms, now_ms);
    ordered_json out;
    if (line.index) out["message"] = *line.index;
    out["topic"] = line.topic;
    out["field"] = field.pointer;
    out["device"] = text_or_null(series.device);
    out["value"] = as_json(field.value);
    out["unit"] = text_or_null(series.unit);
    out["time"] = device_ms.value_or(now_ms);
    out["time_source"] = device_ms ? "device" : "arrival";
    out["decoder"] = decoded.decoder;
    out["rule"] = places_of(settings.rules);
    fmt::print("{}\n", out.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

std::string_view what_becomes_of(const Line& line, const Decoded& decoded)
{
    if (!decoded.fields.empty() && decoded.fields.front().kind == Kind::metadata)
        return "; metadata: remembered for the series that it speaks of, and no series itself";
    return line.retained ? "; retained: not fresh, and stored only where the value is news" : "";
}

void decode_line(const Line& line, Mind& mind)
{
    auto& decoder = mind.decoder;
    const auto where = line.index ? fmt::format("message {}: ", *line.index) : std::string();
    const auto decoded = decoder.decode({line.topic, line.payload, wall_ms(), line.retained});
    decoder.take_news();
    for (const auto& request : decoder.take_requests())
        fmt::print(stderr, "{}{}: asks to publish {} bytes on {}\n", where, line.topic,
                   request.payload.size(), request.topic);
    if (decoded.rejected) {
        fmt::print(stderr, "{}{}: rejected, {}: {}\n", where, line.topic, to_string(*decoded.rejected),
                   decoded.why);
        return;
    }
    fmt::print(stderr, "{}{}: {} reading{}, read as {}{}{}{}\n", where, line.topic, decoded.fields.size(),
               decoded.fields.size() == 1 ? "" : "s", decoded.decoder, what_becomes_of(line, decoded),
               decoded.why.empty() ? "" : "; ", decoded.why);
    for (const auto& field : decoded.fields) print_reading(line, field, decoded, mind);
}

std::optional<Line> parse_line(const std::string& text, std::size_t index)
{
    const auto message = nlohmann::json::parse(text, nullptr, false);
    if (!message.is_object() || !message.contains("topic") || !message["topic"].is_string())
        return std::nullopt;
    const auto retained = message.find("retained");
    Line line{message["topic"], "", index, retained != message.end() && *retained == true};
    if (const auto plain = message.find("payload"); plain != message.end() && plain->is_string()) {
        line.payload = *plain;
        return line;
    }
    const auto coded = message.find("payload_base64");
    if (coded == message.end() || !coded->is_string()) return std::nullopt;
    auto bytes = decode_base64(coded->get_ref<const std::string&>());
    if (!bytes) return std::nullopt;
    line.payload = std::move(*bytes);
    return line;
}

int decode_file(const std::filesystem::path& file, Mind& mind)
{
    std::ifstream in(file);
    if (!in) {
        fmt::print(stderr, "{}: cannot be read\n", file.string());
        return 1;
    }
    int status = 0;
    std::string text;
    for (std::size_t index = 0; std::getline(in, text); ++index) {
        if (const auto line = parse_line(text, index)) {
            decode_line(*line, mind);
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
    const auto& config = loaded.config.limits;
    DecodeLimits limits;
    limits.payload = config.payload.count;
    limits.depth = static_cast<std::size_t>(config.depth);
    limits.fields = static_cast<std::size_t>(config.fields);
    limits.metadata = static_cast<std::size_t>(config.metadata);
    Mind mind{Decoder(limits), RuleSet(loaded.config.rules)};
    for (const auto& rule : mind.rules.rules())
        if (rule.decoder) mind.decoder.read_as(rule.topic, *rule.decoder);
    if (!options.messages.empty()) return decode_file(options.messages, mind);
    const std::string payload((std::istreambuf_iterator<char>(std::cin)), {});
    decode_line({options.topic, payload, {}, options.retained}, mind);
    return 0;
}

}  // namespace tidegate::gateway

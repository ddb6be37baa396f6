#include "gateway/trials.hpp"

#include "base/clock.hpp"
#include "gateway/decode/device_time.hpp"
#include "gateway/decode_limits.hpp"
#include "gateway/rules/scale.hpp"
#include "web/accounts/secret.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>
#include <utility>

namespace tidegate::gateway {

namespace {

using nlohmann::ordered_json;

ordered_json as_json(const store::Value& value)
{
    return std::visit([](const auto& v) { return ordered_json(v); }, value);
}

ordered_json text_or_null(const std::string& text)
{
    return text.empty() ? ordered_json() : ordered_json(text);
}

// Of the rules that match, counted from 1 as they are written.
ordered_json places_of(const std::vector<std::uint32_t>& rules)
{
    if (rules.empty()) return {};
    auto places = ordered_json::array();
    for (const auto rule : rules) places.push_back(rule + 1);
    return places;
}

std::string_view what_becomes_of(const TrialMessage& message, const Decoded& decoded)
{
    if (!decoded.fields.empty() && decoded.fields.front().kind == Kind::metadata)
        return "; metadata: remembered for the series that it speaks of, and no series itself";
    return message.retained ? "; retained: not fresh, and stored only where the value is news" : "";
}

}  // namespace

Result<TrialMessage> read_trial(const nlohmann::json& given)
{
    const Error shape{ErrorKind::invalid,
                      R"(A message is {"topic":"…","payload":"…"}, or with "payload_base64"; )"
                      R"("retained":true where it is.)"};
    if (!given.is_object()) return shape;
    const auto topic = given.find("topic");
    if (topic == given.end() || !topic->is_string() || topic->get_ref<const std::string&>().empty())
        return shape;
    const auto retained = given.find("retained");
    TrialMessage message{*topic, {}, retained != given.end() && *retained == true};
    if (const auto plain = given.find("payload"); plain != given.end() && plain->is_string()) {
        message.payload = *plain;
        return message;
    }
    const auto coded = given.find("payload_base64");
    if (coded == given.end() || !coded->is_string()) return shape;
    if (!web::read_base64(coded->get_ref<const std::string&>(), message.payload)) return shape;
    return message;
}

TrialBench::TrialBench(const LimitsConfig& limits, const std::vector<Rule>& rules)
    : decoder_(decode_limits(limits)),
      rules_(rules)
{
    for (const auto& rule : rules_.rules())
        if (rule.decoder) decoder_.read_as(rule.topic, *rule.decoder, rule.place);
}

ordered_json TrialBench::reading(const TrialMessage& message, Field field, const Decoded& decoded)
{
    auto series = describe_field(decoder_, message.topic, field.pointer, field);
    const auto& settings =
        rules_.settings_of({series.topic, series.device, series.field, series.device_class});
    rules_.rename(series);
    scale(settings.scaling, field.value);
    const auto now_ms = wall_ms();
    const auto device_ms = believable(field.time_ms != 0 ? field.time_ms : decoded.time_ms, now_ms);
    ordered_json out;
    out["topic"] = message.topic;
    out["field"] = field.pointer;
    out["device"] = text_or_null(series.device);
    out["value"] = as_json(field.value);
    out["unit"] = text_or_null(series.unit);
    out["time"] = device_ms.value_or(now_ms);
    out["time_source"] = device_ms ? "device" : "arrival";
    out["decoder"] = decoded.decoder;
    out["rule"] = places_of(settings.rules);
    return out;
}

Trial TrialBench::take(const TrialMessage& message)
{
    const auto decoded = decoder_.decode({message.topic, message.payload, wall_ms(), message.retained});
    decoder_.take_news();
    Trial trial;
    for (const auto& request : decoder_.take_requests())
        trial.asks.push_back(
            fmt::format("asks to publish {} bytes on {}", request.payload.size(), request.topic));
    trial.decoder = decoded.decoder;
    trial.chosen = chosen_by(decoded);
    trial.rule = decoded.rule;
    if (decoded.rejected) {
        trial.reason = store::to_string(*decoded.rejected);
        trial.what = fmt::format("rejected, {}: {}", trial.reason, decoded.why);
        return trial;
    }
    trial.what = fmt::format("{} reading{}, read as {} {}{}{}{}", decoded.fields.size(),
                             decoded.fields.size() == 1 ? "" : "s", decoded.decoder, chosen_because(decoded),
                             what_becomes_of(message, decoded), decoded.why.empty() ? "" : "; ", decoded.why);
    for (const auto& field : decoded.fields) trial.readings.push_back(reading(message, field, decoded));
    return trial;
}

void Trials::use(const Config& config)
{
    const std::scoped_lock lock(mutex_);
    limits_ = config.limits;
    rules_ = config.rules;
}

Result<std::string> Trials::take(const std::string& body) const
{
    const auto message = read_trial(nlohmann::json::parse(body, nullptr, false));
    if (!message) return message.error();
    LimitsConfig limits;
    std::vector<Rule> rules;
    {
        const std::scoped_lock lock(mutex_);
        limits = limits_;
        rules = rules_;
    }
    auto trial = TrialBench(limits, rules).take(*message);
    const ordered_json json{{"readings", std::move(trial.readings)},
                            {"decoder", trial.decoder},
                            {"chosen", trial.chosen},
                            {"rule", trial.rule},
                            {"reason", trial.reason},
                            {"what", trial.what},
                            {"asks", trial.asks}};
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace tidegate::gateway

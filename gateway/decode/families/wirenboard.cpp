#include "gateway/decode/families/wirenboard.hpp"

#include "gateway/decode/json_fields.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"
#include "gateway/decode/scalar.hpp"
#include "gateway/decode/state.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

using nlohmann::json;

// Units that a control's type implies (Wiren Board MQTT conventions).
constexpr std::array type_units = {
    Unit{"temperature", "°C"},        Unit{"rel_humidity", "%"},   Unit{"atmospheric_pressure", "mbar"},
    Unit{"rainfall", "mm/h"},         Unit{"wind_speed", "m/s"},   Unit{"power", "W"},
    Unit{"power_consumption", "kWh"}, Unit{"voltage", "V"},        Unit{"water_flow", "m³/h"},
    Unit{"water_consumption", "m³"},  Unit{"resistance", "Ω"},     Unit{"concentration", "ppm"},
    Unit{"heat_power", "Gcal/h"},     Unit{"heat_energy", "Gcal"}, Unit{"current", "A"},
    Unit{"pressure", "bar"},          Unit{"illuminance", "lx"},   Unit{"lux", "lx"},
    Unit{"sound_level", "dB"}};

// /devices/DEVICE/controls/CONTROL[/meta[/KEY]|/on] and /devices/DEVICE/meta[/KEY]; the first level is empty.
bool claims(const Topic& topic)
{
    return topic.size() >= 4 && topic[0].empty() && topic[1] == "devices" &&
           (topic[3] == "controls" || topic[3] == "meta");
}

void learn(const Topic& topic, const std::string& key, const std::string& value, State& state)
{
    Facts facts;
    if (key == "units") facts.unit = value;
    if (key == "type") {
        facts.unit = look_up(type_units, value);
        facts.event = value == "pushbutton";
        if (value == "text") facts.datatype = Datatype::text;
    }
    if (key == "name") facts.name = value;
    if (facts == Facts()) return;
    state.knowledge.learn(fmt::format("{}#{}", topic.text(), key), topic.before(5), "", std::move(facts));
}

std::string english(const json& text)
{
    if (text.is_string()) return text.get<std::string>();
    return text_in(text, "en");
}

void learn_meta(std::string_view payload, const Topic& topic, State& state, const DecodeLimits& limits)
{
    if (topic.size() > 6) return learn(topic, std::string(topic[6]), std::string(payload), state);
    const auto meta = read_tree(payload, limits);
    if (!meta || !meta->is_object()) return;
    learn(topic, "type", text_in(*meta, "type"), state);
    learn(topic, "units", text_in(*meta, "units"), state);
    if (const auto title = meta->find("title"); title != meta->end())
        learn(topic, "name", english(*title), state);
}

// The name of a device, as a fact of the topic that all its controls lie under.
void learn_device(std::string_view payload, const Topic& topic, State& state, const DecodeLimits& limits)
{
    Facts facts;
    if (topic.size() == 5 && topic[4] == "name") {
        facts.device = payload;
    } else if (topic.size() == 4) {
        const auto meta = read_tree(payload, limits);
        if (!meta || !meta->is_object()) return;
        if (const auto title = meta->find("title"); title != meta->end()) facts.device = english(*title);
    }
    if (!facts.device.empty() && is_utf8(facts.device))
        state.knowledge.learn(topic.text(), topic.before(3), "", std::move(facts));
}

std::optional<Decoded> decode(const Message& message,
                              const Topic& topic,
                              State& state,
                              const DecodeLimits& limits)
{
    const auto payload = trimmed(message.payload);
    if (payload.empty()) return rejected(store::Reject::empty, "no payload");
    const bool of_control = topic[3] == "controls";
    if (of_control && topic.size() == 5) {
        const bool text = state.knowledge.about(topic.text(), "").datatype == Datatype::text;
        return text ? read_text(payload) : read_bare(payload);
    }
    auto decoded = read_payload(payload, limits);
    const bool error = topic.last() == "error";
    mark(decoded, error ? Kind::availability : Kind::metadata);
    if (of_control && topic[5] == "meta" && !error) learn_meta(payload, topic, state, limits);
    if (!of_control) learn_device(payload, topic, state, limits);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    series.device = topic[2];
    series.name = topic[3] == "controls" ? topic[4] : topic.last();
    if (topic.size() > 5) series.name = spaced(topic.from(4));
    series.unit.clear();
}

}  // namespace

const Family wirenboard{"wirenboard", claims, decode, describe};

}  // namespace tidegate::gateway

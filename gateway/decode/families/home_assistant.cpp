#include "gateway/decode/families/home_assistant.hpp"

#include "gateway/decode/families/home_assistant_controls.hpp"
#include "gateway/decode/families/value_template.hpp"
#include "gateway/decode/json_fields.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"
#include "gateway/decode/scalar.hpp"
#include "gateway/decode/state.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 29> components = {"alarm_control_panel",
                                                         "binary_sensor",
                                                         "button",
                                                         "camera",
                                                         "climate",
                                                         "cover",
                                                         "device",
                                                         "device_automation",
                                                         "device_tracker",
                                                         "event",
                                                         "fan",
                                                         "humidifier",
                                                         "image",
                                                         "lawn_mower",
                                                         "light",
                                                         "lock",
                                                         "notify",
                                                         "number",
                                                         "scene",
                                                         "select",
                                                         "sensor",
                                                         "siren",
                                                         "switch",
                                                         "tag",
                                                         "text",
                                                         "update",
                                                         "vacuum",
                                                         "valve",
                                                         "water_heater"};

// A key in full and as discovery may shorten it.
struct Key {
    std::string_view full, abbreviated;
};

struct TopicKey {
    Key topic, value_template;
    std::string_view name;  // of what the topic carries beside the entity's state; empty: the state itself
};

// The topics of an entity that carry values, and the templates that take them out.
constexpr std::array topic_keys = {
    TopicKey{{"state_topic", "stat_t"}, {"value_template", "val_tpl"}, ""},
    TopicKey{{"state_topic", "stat_t"}, {"state_value_template", "stat_val_tpl"}, ""},
    TopicKey{{"current_temperature_topic", "curr_temp_t"},
             {"current_temperature_template", "curr_temp_tpl"},
             "temperature"},
    TopicKey{{"temperature_state_topic", "temp_stat_t"},
             {"temperature_state_template", "temp_stat_tpl"},
             "target temperature"},
    TopicKey{
        {"current_humidity_topic", "curr_hum_t"}, {"current_humidity_template", "curr_hum_tpl"}, "humidity"},
    TopicKey{{"mode_state_topic", "mode_stat_t"}, {"mode_state_template", "mode_stat_tpl"}, "mode"},
    TopicKey{{"action_topic", "act_t"}, {"action_template", "act_tpl"}, "action"},
    TopicKey{{"position_topic", "pos_t"}, {"position_template", "pos_tpl"}, "position"},
    TopicKey{{"percentage_state_topic", "pct_stat_t"}, {"percentage_value_template", "pct_val_tpl"}, "speed"},
    TopicKey{{"brightness_state_topic", "bri_stat_t"},
             {"brightness_value_template", "bri_val_tpl"},
             "brightness"}};

const json* member(const json& object, Key key)
{
    if (!object.is_object()) return nullptr;
    auto found = object.find(key.full);
    if (found == object.end()) found = object.find(key.abbreviated);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text(const json& object, Key key)
{
    const auto* found = member(object, key);
    return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

// What is said of an entity: by itself or, in a device's discovery, by the device for all of them.
class Entity {
public:
    Entity(const json& own, const json& shared) : own_(own), shared_(shared) { base_ = both({"~", "~"}); }

    std::string both(Key key) const
    {
        auto found = text(own_, key);
        return found.empty() ? text(shared_, key) : found;
    }

    const json* any(Key key) const
    {
        const auto* found = member(own_, key);
        return found != nullptr ? found : member(shared_, key);
    }

    // "~/state" and "cmd/~" with the base topic in its place.
    std::string topic(Key key) const { return with_base(both(key)); }

    std::string with_base(std::string topic) const
    {
        if (base_.empty() || topic.empty()) return topic;
        if (topic.front() == '~') return base_ + topic.substr(1);
        if (topic.back() == '~') return topic.substr(0, topic.size() - 1) + base_;
        return topic;
    }

    const json& own() const { return own_; }

private:
    const json& own_;
    const json& shared_;
    std::string base_;
};

std::string first_of(const json* texts)
{
    if (texts == nullptr) return {};
    if (texts->is_string()) return texts->get<std::string>();
    return texts->is_array() && !texts->empty() && texts->front().is_string()
               ? texts->front().get<std::string>()
               : std::string();
}

std::string device_of(const Entity& entity)
{
    const auto* device = entity.any({"device", "dev"});
    if (device == nullptr) return {};
    auto name = text(*device, {"name", "name"});
    return name.empty() ? first_of(member(*device, {"identifiers", "ids"})) : name;
}

constexpr std::size_t most_availability_topics = 8;
constexpr Key payload_available{"payload_available", "pl_avail"};
constexpr Key payload_not_available{"payload_not_available", "pl_not_avail"};

// One whose template does more than take the word out of JSON cannot be read, and is left out.
void append_availability(std::vector<AvailabilityTopic>& topics,
                         AvailabilityTopic topic,
                         const std::string& value_template)
{
    if (topic.topic.empty() || topics.size() >= most_availability_topics) return;
    if (!value_template.empty()) {
        const auto read = read_template(value_template);
        if (!read || !read->exact) return;
        topic.pointer = read->pointer;
    }
    topics.push_back(std::move(topic));
}

std::vector<AvailabilityTopic> availability_of(const Entity& entity)
{
    std::vector<AvailabilityTopic> topics;
    append_availability(topics,
                        {.topic = entity.topic({"availability_topic", "avty_t"}),
                         .yes = entity.both(payload_available),
                         .no = entity.both(payload_not_available)},
                        entity.both({"availability_template", "avty_tpl"}));
    const auto* list = entity.any({"availability", "avty"});
    if (list == nullptr) return topics;
    const auto append = [&](const json& one) {
        append_availability(topics,
                            {.topic = entity.with_base(text(one, {"topic", "t"})),
                             .yes = text(one, payload_available),
                             .no = text(one, payload_not_available)},
                            text(one, {"value_template", "val_tpl"}));
    };
    if (!list->is_array()) append(*list);
    if (list->is_array())
        for (const auto& one : *list) append(one);
    return topics;
}

AvailabilityMode availability_mode_of(const Entity& entity)
{
    const auto mode = entity.both({"availability_mode", "avty_mode"});
    if (mode == "all") return AvailabilityMode::all;
    return mode == "any" ? AvailabilityMode::any : AvailabilityMode::latest;
}

Facts facts_of(const Entity& entity)
{
    Facts facts;
    facts.device = device_of(entity);
    facts.name = text(entity.own(), {"name", "name"});
    facts.unit = std::string(trimmed(text(entity.own(), {"unit_of_measurement", "unit_of_meas"})));
    facts.device_class = text(entity.own(), {"device_class", "dev_cla"});
    const auto* expires = member(entity.own(), {"expire_after", "exp_aft"});
    if (expires != nullptr && expires->is_number_unsigned())
        facts.expires_s =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(expires->get<std::uint64_t>(), UINT32_MAX));
    return facts;
}

// The unit of the value that a template scales to this unit: 1500 are W where `p / 1000` are kW. Empty: it
// has none that people write.
std::string unit_before(const Scaling& scaling, const std::string& unit)
{
    struct Step {
        std::string_view large, small;
        double factor;  // large = small / factor
    };
    constexpr std::array steps = {
        Step{"kW", "W", 1e3},    Step{"MW", "kW", 1e3},    Step{"MW", "W", 1e6},    Step{"kWh", "Wh", 1e3},
        Step{"MWh", "kWh", 1e3}, Step{"V", "mV", 1e3},     Step{"A", "mA", 1e3},    Step{"kPa", "Pa", 1e3},
        Step{"hPa", "Pa", 1e2},  Step{"bar", "mbar", 1e3}, Step{"bar", "hPa", 1e3}, Step{"kg", "g", 1e3},
        Step{"m", "mm", 1e3},    Step{"m", "cm", 1e2},     Step{"cm", "mm", 10},    Step{"km", "m", 1e3},
        Step{"L", "mL", 1e3},    Step{"m³", "L", 1e3},     Step{"s", "ms", 1e3},    Step{"min", "s", 60},
        Step{"h", "min", 60},    Step{"h", "s", 3600},     Step{"kHz", "Hz", 1e3},  Step{"MHz", "kHz", 1e3}};
    const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-9 * std::abs(b); };
    if (scaling.offset != 0) {
        if (unit == "°F" && near(scaling.factor, 1.8) && near(scaling.offset, 32)) return "°C";
        if (unit == "°C" && near(scaling.factor, 1 / 1.8) && near(scaling.offset, -32 / 1.8)) return "°F";
        return {};
    }
    for (const auto& step : steps) {
        if (unit == step.large && near(scaling.factor * step.factor, 1)) return std::string(step.small);
        if (unit == step.small && near(scaling.factor, step.factor)) return std::string(step.large);
    }
    return {};
}

// Whether it is discovery at all: other programs' topics end with "config", too.
bool speaks_of_discovery(const json& config)
{
    constexpr std::array<std::string_view, 12> keys = {
        "~",      "dev",  "device",     "uniq_id", "unique_id", "o",
        "origin", "cmps", "components", "topic",   "object_id", "default_entity_id"};
    for (const auto& [key, value] : config.items())
        if (key.ends_with("_topic") || key.ends_with("_t") ||
            std::find(keys.begin(), keys.end(), key) != keys.end())
            return true;
    return false;
}

class Learner {
public:
    Learner(const Topic& source, State& state) : source_(source), state_(state) {}

    // `component`: "switch", "light", …; empty: it does not say.
    void entity(const Entity& entity, std::string_view component)
    {
        learn_controls({component, text(entity.own(), {"name", "name"}), device_of(entity),
                        [&](auto full, auto abbreviated) {
                            return entity.topic({full, abbreviated});
                        },
                        [&](auto full, auto abbreviated) {
                            return entity.both({full, abbreviated});
                        },
                        [&](auto full, auto abbreviated) {
                            return entity.any({full, abbreviated});
                        }},
                       source_.text(), state_.controls);
        auto facts = facts_of(entity);
        DeclaredAvailability declared{facts.device, availability_of(entity), availability_mode_of(entity)};
        // The entity's own comes behind those of what it hangs on, as a bridge.
        if (!declared.topics.empty()) facts.availability = declared.topics.back().topic;
        // The parts of a device say the same, mostly.
        if (!declared.topics.empty() && (state_.declared.empty() || state_.declared.back() != declared))
            state_.declared.push_back(std::move(declared));
        if (component == "event" || component == "device_automation" || component == "tag")
            return happening(entity, std::move(facts));
        // A light of the JSON schema says all that it is in one message.
        const auto whole = entity.topic({"state_topic", "stat_t"});
        const bool in_one = text(entity.own(), {"schema", "schema"}) == "json" && !whole.empty();
        if (in_one) {
            Facts shared;
            shared.device = facts.device;
            shared.availability = facts.availability;
            bind(whole, std::string(Knowledge::every_field), std::move(shared));
            return bind(whole, "/state", std::move(facts));
        }
        for (const auto& key : topic_keys) {
            const auto topic = entity.topic(key.topic);
            if (topic.empty()) continue;
            const auto value_template = entity.both(key.value_template);
            // The state has two names for its template; a topic without any is bound once.
            if (value_template.empty() && key.value_template.full == "state_value_template") continue;
            bind(topic, value_template, facts, key, entity);
        }
    }

    void whole(const json& config, std::string_view component)
    {
        static const json nothing = json::object();
        if (component != "device") return entity(Entity(config, nothing), component);
        const auto* parts = member(config, {"components", "cmps"});
        if (parts == nullptr || !parts->is_object()) return;
        for (const auto& part : *parts)
            if (part.is_object()) entity(Entity(part, config), text(part, {"platform", "p"}));
    }

    bool had_room() const { return had_room_; }
    std::size_t bound() const { return bound_; }

private:
    // What happens, and is no state: the event of an event entity, what a trigger of a device waits for, a
    // tag.
    void happening(const Entity& entity, Facts facts)
    {
        const auto state = entity.topic({"state_topic", "stat_t"});
        const auto topic = state.empty() ? entity.topic({"topic", "t"}) : state;
        if (topic.empty()) return;
        const auto value_template = entity.both({"value_template", "val_tpl"});
        facts.event = true;
        facts.unit.clear();
        if (value_template.empty()) return bind(topic, std::string(Knowledge::every_field), std::move(facts));
        if (const auto read = read_template(value_template)) bind(topic, read->pointer, std::move(facts));
    }

    void bind(const std::string& topic,
              const std::string& value_template,
              Facts facts,
              const TopicKey& key,
              const Entity& entity)
    {
        std::optional<ValueTemplate> read = ValueTemplate{};
        if (!value_template.empty()) read = read_template(value_template);
        if (!read) return;
        if (!key.name.empty()) {
            facts.name += facts.name.empty() ? std::string(key.name) : fmt::format(" {}", key.name);
            facts.unit = unit_beside(key, entity);
            facts.device_class.clear();
        }
        // The unit is that of what the template makes of the value, and what is stored is the value itself.
        if (!read->exact) facts.unit.clear();
        if (!read->scaling.identity()) facts.unit = unit_before(read->scaling, facts.unit);
        bind(topic, read->pointer, std::move(facts));
    }

    // Of what a climate or a humidifier says beside its state.
    static std::string unit_beside(const TopicKey& key, const Entity& entity)
    {
        if (key.name == "humidity") return "%";
        if (!key.name.ends_with("temperature")) return {};
        const auto unit = text(entity.own(), {"temperature_unit", "temp_unit"});
        return unit == "C" || unit == "F" ? "°" + unit : std::string();
    }

    void bind(const std::string& topic, const std::string& pointer, Facts facts)
    {
        const bool kept = state_.knowledge.learn(source_.text(), topic, pointer, std::move(facts));
        bound_ += kept ? 1 : 0;
        had_room_ = had_room_ && (kept || state_.knowledge.size() < state_.knowledge.most());
    }

    const Topic& source_;
    State& state_;
    std::size_t bound_ = 0;
    bool had_room_ = true;
};

bool claims(const Topic& topic)
{
    const bool config = topic.last() == "config" && (topic.size() == 4 || topic.size() == 5);
    if (config) return std::find(components.begin(), components.end(), topic[1]) != components.end();
    return topic.size() == 2 && topic[0] == "homeassistant" && topic[1] == "status";
}

std::optional<Decoded> decode(const Message& message,
                              const Topic& topic,
                              State& state,
                              const DecodeLimits& limits)
{
    if (topic.size() == 2) {
        auto status = read_payload(message.payload, limits);
        mark(status, Kind::availability);
        return status;
    }
    const auto payload = trimmed(message.payload);
    if (payload.empty()) {
        state.knowledge.forget(topic.text());
        state.controls.forget(topic.text());
        return rejected(store::Reject::empty, "no payload: what was discovered here is taken back");
    }
    const auto config = read_tree(payload, limits);
    if (!config || !config->is_object() || !speaks_of_discovery(*config)) return std::nullopt;
    auto decoded = read_json(payload, {limits.payload, limits.depth, limits.metadata});
    mark(decoded, Kind::metadata);
    state.knowledge.forget(topic.text());
    state.controls.forget(topic.text());
    Learner learner(topic, state);
    learner.whole(*config, topic[1]);
    if (!learner.had_room())
        return rejected(store::Reject::series_limit,
                        fmt::format("there is room for {} facts from discovery, and they are all taken",
                                    limits.metadata));
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    series.device = topic[topic.size() == 2 ? 0 : topic.size() - 2];
    const auto key = last_step(series.field);
    series.unit = key == "expire_after" || key == "exp_aft" ? "s" : "";
}

}  // namespace

const Family home_assistant{"ha-discovery", claims, decode, describe};

}  // namespace tidegate::gateway

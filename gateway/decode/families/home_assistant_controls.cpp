#include "gateway/decode/families/home_assistant_controls.hpp"

#include "gateway/decode/families/value_template.hpp"
#include "gateway/decode/scalar.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

using nlohmann::json;

struct Key {
    std::string_view full, abbreviated;
};
constexpr Key none{"", ""};

// A topic of an entity that takes a value, where that value is shown, and how it is said.
struct Port {
    std::string_view component;
    ControlKind kind;
    Key command, command_template;
    Key state, state_template;
    Key least, most, step;
    double least_otherwise, most_otherwise;
    std::string_view name;  // what it is beside the entity's name; empty: the entity itself
};

constexpr Key command{"command_topic", "cmd_t"}, command_template{"command_template", "cmd_tpl"};
constexpr Key state{"state_topic", "stat_t"}, state_template{"value_template", "val_tpl"};
constexpr auto number = ControlKind::number;

constexpr std::array ports = {Port{"number",
                                   number,
                                   command,
                                   command_template,
                                   state,
                                   state_template,
                                   {"min", "min"},
                                   {"max", "max"},
                                   {"step", "step"},
                                   1,
                                   100,
                                   ""},
                              Port{"text", ControlKind::text, command, command_template, state,
                                   state_template, none, none, none, 0, 0, ""},
                              Port{"light",
                                   number,
                                   {"brightness_command_topic", "bri_cmd_t"},
                                   {"brightness_command_template", "bri_cmd_tpl"},
                                   {"brightness_state_topic", "bri_stat_t"},
                                   {"brightness_value_template", "bri_val_tpl"},
                                   none,
                                   {"brightness_scale", "bri_scl"},
                                   none,
                                   0,
                                   255,
                                   "brightness"},
                              Port{"cover",
                                   number,
                                   {"set_position_topic", "set_pos_t"},
                                   {"set_position_template", "set_pos_tpl"},
                                   {"position_topic", "pos_t"},
                                   {"position_template", "pos_tpl"},
                                   {"position_closed", "pos_clsd"},
                                   {"position_open", "pos_open"},
                                   none,
                                   0,
                                   100,
                                   "position"},
                              Port{"fan",
                                   number,
                                   {"percentage_command_topic", "pct_cmd_t"},
                                   {"percentage_command_template", "pct_cmd_tpl"},
                                   {"percentage_state_topic", "pct_stat_t"},
                                   {"percentage_value_template", "pct_val_tpl"},
                                   {"speed_range_min", "spd_rng_min"},
                                   {"speed_range_max", "spd_rng_max"},
                                   none,
                                   1,
                                   100,
                                   "speed"},
                              Port{"climate",
                                   number,
                                   {"temperature_command_topic", "temp_cmd_t"},
                                   {"temperature_command_template", "temp_cmd_tpl"},
                                   {"temperature_state_topic", "temp_stat_t"},
                                   {"temperature_state_template", "temp_stat_tpl"},
                                   {"min_temp", "min_temp"},
                                   {"max_temp", "max_temp"},
                                   {"temp_step", "temp_step"},
                                   7,
                                   35,
                                   "target temperature"},
                              Port{"humidifier",
                                   number,
                                   {"target_humidity_command_topic", "hum_cmd_t"},
                                   {"target_humidity_command_template", "hum_cmd_tpl"},
                                   {"target_humidity_state_topic", "hum_stat_t"},
                                   {"target_humidity_state_template", "hum_state_tpl"},
                                   {"min_humidity", "min_hum"},
                                   {"max_humidity", "max_hum"},
                                   none,
                                   0,
                                   100,
                                   "target humidity"}};

// Words that a component takes on its command topic: the key of each, and what it is where that is left out.
struct Word {
    Key key;
    std::string_view otherwise;
};
struct Words {
    std::string_view component;
    ControlKind kind;
    std::array<Word, 3> words;
};
constexpr Word on{{"payload_on", "pl_on"}, "ON"}, off{{"payload_off", "pl_off"}, "OFF"},
    no_more{{"", ""}, ""};
constexpr Word open{{"payload_open", "pl_open"}, "OPEN"}, close{{"payload_close", "pl_cls"}, "CLOSE"};

constexpr std::array component_words = {
    Words{"switch", ControlKind::toggle, {on, off, no_more}},
    Words{"light", ControlKind::toggle, {on, off, no_more}},
    Words{"fan", ControlKind::toggle, {on, off, no_more}},
    Words{"siren", ControlKind::toggle, {on, off, no_more}},
    Words{"humidifier", ControlKind::toggle, {on, off, no_more}},
    Words{"cover", ControlKind::select, {open, close, {{"payload_stop", "pl_stop"}, "STOP"}}},
    Words{"valve", ControlKind::select, {open, close, {{"payload_stop", "pl_stop"}, ""}}},
    Words{"lock",
          ControlKind::select,
          {Word{{"payload_lock", "pl_lock"}, "LOCK"}, {{"payload_unlock", "pl_unlk"}, "UNLOCK"}, no_more}},
    Words{"button", ControlKind::button, {Word{{"payload_press", "pl_prs"}, "PRESS"}, no_more, no_more}},
    Words{"scene", ControlKind::button, {Word{{"payload_on", "pl_on"}, "ON"}, no_more, no_more}}};

// "{{ value }}" in a template, and nothing else of one: "%v" in its place. None: it does more.
std::optional<std::string> shape_of(std::string_view text)
{
    if (text.empty()) return "%v";
    const auto begin = text.find("{{"), end = text.find("}}");
    if (text.find('%') != std::string_view::npos || begin == std::string_view::npos ||
        end == std::string_view::npos || end < begin)
        return std::nullopt;
    if (trimmed(text.substr(begin + 2, end - begin - 2)) != "value") return std::nullopt;
    if (text.find("{{", end) != std::string_view::npos) return std::nullopt;
    return fmt::format("{}%v{}", text.substr(0, begin), text.substr(end + 2));
}

class Learner {
public:
    Learner(const EntityReader& entity, std::string_view source, Controls& controls)
        : entity_(entity),
          source_(source),
          controls_(controls)
    {
    }

    void learn()
    {
        for (const auto& port : ports)
            if (port.component == entity_.component) at(port);
        for (const auto& words : component_words)
            if (words.component == entity_.component) say(words);
        if (entity_.component == "select")
            choose(command, command_template, state, state_template, {"options", "ops"}, "");
        if (entity_.component == "climate")
            choose({"mode_command_topic", "mode_cmd_t"}, {"mode_command_template", "mode_cmd_tpl"},
                   {"mode_state_topic", "mode_stat_t"}, {"mode_state_template", "mode_stat_tpl"},
                   {"modes", "modes"}, "mode");
    }

private:
    std::string text(Key key) const { return entity_.text(key.full, key.abbreviated); }
    std::string topic(Key key) const { return entity_.topic(key.full, key.abbreviated); }

    std::optional<double> number_at(Key key) const
    {
        const auto* found = key.full.empty() ? nullptr : entity_.any(key.full, key.abbreviated);
        return found != nullptr && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
    }

    // With names, and the series that shows it. None: it takes no commands that can be made here.
    std::optional<Control> begun(Key to, Key shape, Key from, Key from_template, std::string_view name) const
    {
        Control control;
        control.command = topic(to);
        const auto shaped = shape_of(shape.full.empty() ? std::string() : text(shape));
        if (control.command.empty() || !shaped) return std::nullopt;
        control.shape = *shaped;
        control.device = entity_.device;
        control.name = entity_.name;
        if (!name.empty())
            control.name += control.name.empty() ? std::string(name) : fmt::format(" {}", name);
        control.topic = topic(from);
        const auto read = read_template(text(from_template));
        if (read) control.pointer = read->pointer;
        return control;
    }

    void at(const Port& port) const
    {
        auto control = begun(port.command, port.command_template, port.state, port.state_template, port.name);
        if (!control) return;
        control->kind = port.kind;
        if (port.kind == number) {
            control->least = number_at(port.least).value_or(port.least_otherwise);
            control->most = number_at(port.most).value_or(port.most_otherwise);
            control->step = number_at(port.step);
            if (port.name.empty()) control->unit = text({"unit_of_measurement", "unit_of_meas"});
        }
        controls_.learn(source_, std::move(*control));
    }

    void say(const Words& words)
    {
        const auto schema = text({"schema", "schema"});
        if (entity_.component == "light" && schema == "template") return;
        auto control = begun(command, entity_.component == "button" ? command_template : none, state,
                             state_template, "");
        if (!control) return;
        control->kind = words.kind;
        for (const auto& [key, otherwise] : words.words) {
            if (key.full.empty()) break;
            auto word = text(key);
            if (word.empty()) word = otherwise;
            if (!word.empty()) control->values.push_back(std::move(word));
        }
        if (entity_.component == "light" && schema == "json") return light_in_json(std::move(*control));
        controls_.learn(source_, std::move(*control));
    }

    void light_in_json(Control control) const
    {
        control.values = {"ON", "OFF"};
        control.shape = R"({"state":"%v"})";
        control.pointer = "/state";
        controls_.learn(source_, control);
        const auto* bright = entity_.any("brightness", "brightness");
        if (bright == nullptr || !bright->is_boolean() || !bright->get<bool>()) return;
        control.kind = number;
        control.values.clear();
        control.shape = R"({"state":"ON","brightness":%v})";
        control.pointer = "/brightness";
        control.name += control.name.empty() ? "brightness" : " brightness";
        control.least = 0;
        control.most = number_at({"brightness_scale", "bri_scl"}).value_or(255);
        controls_.learn(source_, std::move(control));
    }

    void choose(Key to, Key shape, Key from, Key from_template, Key options, std::string_view name) const
    {
        auto control = begun(to, shape, from, from_template, name);
        const auto* list = entity_.any(options.full, options.abbreviated);
        if (!control || list == nullptr || !list->is_array()) return;
        control->kind = ControlKind::select;
        for (const auto& one : *list)
            if (one.is_string()) control->values.push_back(one.get<std::string>());
        if (!control->values.empty()) controls_.learn(source_, std::move(*control));
    }

    const EntityReader& entity_;
    std::string_view source_;
    Controls& controls_;
};

}  // namespace

void learn_controls(const EntityReader& entity, std::string_view source, Controls& controls)
{
    Learner(entity, source, controls).learn();
}

}  // namespace tidegate::gateway

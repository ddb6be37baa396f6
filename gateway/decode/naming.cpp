#include "gateway/decode/naming.hpp"

#include <algorithm>
#include <array>

namespace tidegate::gateway {

namespace {

// Only what can mean one thing: a wrong unit is worse than none.
constexpr std::array telling_endings = {
    Unit{"_c", "°C"},          Unit{"_f", "°F"},      Unit{"_celsius", "°C"}, Unit{"_hpa", "hPa"},
    Unit{"_kwh", "kWh"},       Unit{"_wh", "Wh"},     Unit{"_ppm", "ppm"},    Unit{"_percent", "%"},
    Unit{"_rpm", "rpm"},       Unit{"_bar", "bar"},   Unit{"_lux", "lx"},     Unit{"_dbm", "dBm"},
    Unit{"temperature", "°C"}, Unit{"humidity", "%"}, Unit{"co2", "ppm"}};

bool is_index(std::string_view step)
{
    return !step.empty() && step.find_first_not_of("0123456789") == std::string_view::npos;
}

void append_unescaped(std::string& out, std::string_view step)
{
    for (std::size_t i = 0; i < step.size(); ++i) {
        const bool escape = step[i] == '~' && i + 1 < step.size();
        out += !escape ? step[i] : step[++i] == '1' ? '/' : '~';
    }
}

}  // namespace

std::string_view look_up(std::span<const Unit> units, std::string_view name)
{
    const auto found =
        std::find_if(units.begin(), units.end(), [&](auto& unit) { return unit.name == name; });
    return found == units.end() ? std::string_view() : found->unit;
}

std::string_view look_up_ending(std::span<const Unit> endings, std::string_view name)
{
    const auto found = std::find_if(endings.begin(), endings.end(),
                                    [&](auto& ending) { return name.ends_with(ending.name); });
    return found == endings.end() ? std::string_view() : found->unit;
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string words_of(std::string_view pointer)
{
    std::string out;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const auto step = pointer.substr(0, pointer.find('/'));
        if (!out.empty()) out += ' ';
        append_unescaped(out, step);
        pointer.remove_prefix(step.size());
    }
    return out;
}

std::string quantity_of(std::string_view pointer)
{
    auto step = last_step(pointer);
    while (is_index(step) && pointer.size() > step.size() + 1) {
        pointer.remove_suffix(step.size() + 1);
        if (pointer.empty()) break;
        step = last_step(pointer);
    }
    std::string out;
    append_unescaped(out, step);
    return out;
}

std::string_view last_step(std::string_view pointer)
{
    const auto slash = pointer.rfind('/');
    return slash == std::string_view::npos ? pointer : pointer.substr(slash + 1);
}

std::string spaced(std::string_view levels)
{
    std::string out(levels);
    std::replace(out.begin(), out.end(), '/', ' ');
    return out;
}

std::string_view telling_unit(std::string_view name)
{
    return look_up_ending(telling_endings, name);
}

void describe_any(const Topic& topic, Description& series)
{
    if (!series.field.empty()) {
        series.device = topic.text();
        series.name = words_of(series.field);
    } else if (topic.size() > 1) {
        series.device = topic.before(topic.size() - 1);
        series.name = topic.last();
    } else {
        series.device = topic.text();
        series.name = topic.text();
    }
    series.unit = telling_unit(lowered(series.field.empty() ? topic.last() : quantity_of(series.field)));
}

std::string_view class_of(const Description& series)
{
    constexpr std::array classes = {
        Unit{"°C", "temperature"}, Unit{"°F", "temperature"}, Unit{"W", "power"},
        Unit{"kW", "power"},       Unit{"Wh", "energy"},      Unit{"kWh", "energy"},
        Unit{"MWh", "energy"},     Unit{"W·min", "energy"},   Unit{"V", "voltage"},
        Unit{"mV", "voltage"},     Unit{"A", "current"},      Unit{"mA", "current"},
        Unit{"hPa", "pressure"},   Unit{"mbar", "pressure"},  Unit{"inHg", "pressure"},
        Unit{"mmHg", "pressure"},  Unit{"kPa", "pressure"},   Unit{"bar", "pressure"},
        Unit{"lx", "illuminance"}};
    if (series.unit != "%") return look_up(classes, series.unit);
    const auto topic = std::string_view(series.topic);
    const auto name = lowered(series.field.empty() ? std::string(last_step(topic)) : series.field);
    if (name.ends_with("humidity") || name.ends_with("/hum") || name.ends_with("/rh")) return "humidity";
    const bool battery = name.find("batt") != std::string::npos || name == "soc";
    return battery && name.find("power") == std::string::npos ? "battery" : std::string_view();
}

const Field* find_field(const Decoded& decoded, std::string_view pointer)
{
    const auto found = std::find_if(decoded.fields.begin(), decoded.fields.end(),
                                    [&](auto& field) { return field.pointer == pointer; });
    return found == decoded.fields.end() ? nullptr : &*found;
}

void mark(Decoded& decoded, Kind kind)
{
    for (auto& field : decoded.fields) field.kind = kind;
}

}  // namespace tidegate::gateway

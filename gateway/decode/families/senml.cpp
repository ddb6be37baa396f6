#include "gateway/decode/families/senml.hpp"

#include "gateway/decode/collector.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace tidegate::gateway {

namespace {

struct Record {
    std::string_view index;
    std::string name, unit;
    std::optional<double> time, sum;
    std::vector<const Field*> values;
};

struct Base {
    std::string name, unit;
    double time = 0, value = 0, sum = 0;
};

// RFC 8428, 12.1; where people write it otherwise.
std::string shown(const std::string& unit)
{
    struct Pair {
        std::string_view senml, people;
    };
    constexpr std::array pairs = {
        Pair{"Cel", "°C"},    Pair{"lx", "lx"},          Pair{"%RH", "%"},  Pair{"deg", "°"},
        Pair{"lat", "°"},     Pair{"lon", "°"},          Pair{"%EL", "%"},  Pair{"EL", "s"},
        Pair{"Ohm", "Ω"},     Pair{"m2", "m²"},          Pair{"m3", "m³"},  Pair{"m/s2", "m/s²"},
        Pair{"W/m2", "W/m²"}, Pair{"beat/min", "1/min"}, Pair{"count", ""}, Pair{"/", ""}};
    for (const auto& pair : pairs)
        if (pair.senml == unit) return std::string(pair.people);
    return unit;
}

const std::string* text_of(const Field& field)
{
    return std::get_if<std::string>(&field.value);
}

std::optional<double> number_of(const Field& field)
{
    if (text_of(field) != nullptr || std::holds_alternative<bool>(field.value)) return std::nullopt;
    return store::as_number(field.value);
}

// One member of a record, by its label (RFC 8428, 4). False: none that SenML has.
bool take(const Field& field, std::string_view label, Record& record, Base& base)
{
    const auto* text = text_of(field);
    const auto number = number_of(field);
    if (text != nullptr) {
        if (label == "bn")
            base.name = *text;
        else if (label == "bu")
            base.unit = *text;
        else if (label == "n")
            record.name = *text;
        else if (label == "u")
            record.unit = *text;
        else if (label == "vs")
            record.values.push_back(&field);
        else
            return label == "vd";
        return true;
    }
    if (label == "vb" && std::holds_alternative<bool>(field.value)) {
        record.values.push_back(&field);
        return true;
    }
    if (!number) return false;
    if (label == "bt")
        base.time = *number;
    else if (label == "bv")
        base.value = *number;
    else if (label == "bs")
        base.sum = *number;
    else if (label == "t")
        record.time = *number;
    else if (label == "v" || label == "s")
        record.values.push_back(&field);
    else
        return label == "bver" || label == "ut";
    return true;
}

std::int64_t time_of(const Record& record, const Base& base)
{
    const double seconds = base.time + record.time.value_or(0);
    return std::abs(seconds) < 1e11 ? std::llround(seconds * 1000) : 0;
}

void emit(const Record& record, const Base& base, Decoded& out)
{
    for (const auto* value : record.values) {
        Field field = *value;
        const bool sum = field.pointer.ends_with("/s");
        const double added = sum ? base.sum : base.value;
        if (const auto number = number_of(field); number && added != 0) field.value = *number + added;
        field.name = base.name + record.name;
        field.pointer.clear();
        append_step(field.pointer, field.name);
        if (sum) field.pointer += "/s";
        if (!sum) field.unit = shown(record.unit.empty() ? base.unit : record.unit);
        field.time_ms = time_of(record, base);
        out.fields.push_back(std::move(field));
    }
}

}  // namespace

std::optional<Decoded> as_senml(const Decoded& json)
{
    Decoded out;
    out.decoder = "senml";
    Base base;
    Record record;
    for (const auto& field : json.fields) {
        const std::string_view pointer = field.pointer;
        const auto slash = pointer.find('/', 1);
        if (slash == std::string_view::npos) return std::nullopt;
        if (const auto index = pointer.substr(1, slash - 1); index != record.index) {
            emit(record, base, out);
            record = {};
            record.index = index;
        }
        if (!take(field, pointer.substr(slash + 1), record, base)) return std::nullopt;
    }
    emit(record, base, out);
    bool named = !out.fields.empty();
    for (const auto& field : out.fields) named = named && !field.name.empty();
    if (!named) return std::nullopt;
    return out;
}

}  // namespace tidegate::gateway

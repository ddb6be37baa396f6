#include "bridge/line_protocol.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <unordered_map>

namespace tidegate::bridge {

namespace {

constexpr std::int64_t latest_ms = 9'223'372'036'854;  // in nanoseconds it still fits 64 bits
constexpr std::string_view in_measurement = ", ";
constexpr std::string_view in_key = ",= ";

void append_name(std::string& out, std::string_view name, std::string_view escaped)
{
    const auto begin = out.size();
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool last = i + 1 == name.size();
        const bool misread =
            c == '\\' && (last || name[i + 1] == '\\' || escaped.find(name[i + 1]) != escaped.npos);
        const bool comment = c == '#' && out.empty();
        if (c == '\n' || c == '\r' || c == '\0' || misread || comment) {
            out += '_';
            continue;
        }
        if (escaped.find(c) != escaped.npos) out += '\\';
        out += c;
    }
    const std::string_view written = std::string_view(out).substr(begin);
    if (written.empty() || written == "time") out += '_';
}

// What is the same in each line of a series: made once a delivery.
struct SeriesLine {
    std::string key;    // measurement and tags
    std::string field;  // its key
};

SeriesLine line_of(const Delivery& delivery, store::SeriesId id, const LineRules& rules)
{
    const auto series = delivery.series.get(id).value_or(store::Series{});
    SeriesLine line;
    append_name(line.key, rules.measurement.of(series, delivery.gateway), in_measurement);
    for (const auto& [key, pattern] : rules.labels.tags) {
        const auto value = pattern.of(series, delivery.gateway);
        if (value.empty()) continue;
        std::string name, text;
        append_name(name, key, in_key);
        append_name(text, value, in_key);
        if (text == "time_" && value == "time") text = "time";  // reserved as a key alone
        line.key += fmt::format(",{}={}", name, text);
    }
    // A key that needs no quotes in a query.
    static const auto field = SeriesPattern::parse("{field}").value();
    static const auto made = SeriesPattern::parse("{source}_{window}_{statistic}").value();
    append_name(line.field, (series.of == 0 ? field : made).of(series, delivery.gateway), in_key);
    return line;
}

template <class Number>
void append_number(std::string& out, Number value)
{
    std::array<char, 32> text{};
    out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

bool equals_a_float(std::int64_t value)
{
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    return value >= -exact && value <= exact;
}

struct AppendField {
    std::string& out;
    const std::string& name;
    bool typed_integers;

    void operator()(bool value) const { out += name + (value ? "=true" : "=false"); }
    void operator()(std::int64_t value) const
    {
        const bool as_float = !typed_integers && equals_a_float(value);
        out += name;
        if (!typed_integers && !as_float) out += "_integer";
        out += '=';
        append_number(out, value);
        if (!as_float) out += 'i';
    }
    void operator()(double value) const
    {
        out += name + "=";
        append_number(out, value);
    }
    void operator()(const std::string& value) const
    {
        out += name + "=\"";
        for (const char c : value) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
};

}  // namespace

Result<> fits_line(const store::Reading& reading)
{
    const auto* number = std::get_if<double>(&reading.value);
    if (number != nullptr && !std::isfinite(*number))
        return Error{ErrorKind::invalid, "line protocol cannot say NaN or an infinity"};
    if (reading.time_ms > latest_ms || reading.time_ms < -latest_ms)
        return Error{ErrorKind::invalid, fmt::format("InfluxDB has no time {} ms", reading.time_ms)};
    return {};
}

Result<std::string> line_protocol(const Delivery& delivery, const LineRules& rules)
{
    std::string out;
    std::unordered_map<store::SeriesId, SeriesLine> lines;
    for (const auto& [seq, reading] : delivery.records) {
        if (auto good = fits_line(reading); !good) return good.error();
        auto known = lines.find(reading.series);
        if (known == lines.end())
            known = lines.emplace(reading.series, line_of(delivery, reading.series, rules)).first;
        out += known->second.key;
        out += ' ';
        std::visit(AppendField{out, known->second.field, rules.typed_integers}, reading.value);
        out += ' ';
        append_number(out, reading.time_ms);
        out += '\n';
    }
    return out;
}

}  // namespace tidegate::bridge

#include "bridge/senml.hpp"

#include "base/json_text.hpp"

#include <array>
#include <cctype>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <unordered_map>

namespace tidegate::bridge {

namespace {

constexpr std::int64_t earliest_ms = (std::int64_t{1} << 28) * 1000;  // RFC 8428, 4.5.3

// Of the SenML units registry (RFC 8428, 12.1).
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> units{{{"°C", "Cel"},
                                                                               {"K", "K"},
                                                                               {"V", "V"},
                                                                               {"A", "A"},
                                                                               {"W", "W"},
                                                                               {"J", "J"},
                                                                               {"Hz", "Hz"},
                                                                               {"Pa", "Pa"},
                                                                               {"m", "m"},
                                                                               {"kg", "kg"},
                                                                               {"s", "s"},
                                                                               {"lx", "lx"},
                                                                               {"VA", "VA"},
                                                                               {"var", "var"},
                                                                               {"m/s", "m/s"},
                                                                               {"dBm", "dBm"}}};

std::string_view unit_of(std::string_view unit)
{
    for (const auto& [ours, theirs] : units)
        if (ours == unit) return theirs;
    return {};
}

// A name begins with a letter or digit (RFC 8428, 4.5.1); the base name has one in front.
std::string name_of(std::string_view text)
{
    constexpr std::string_view others = "-:./_";
    std::string name;
    for (const char c : text) {
        const bool allowed =
            std::isalnum(static_cast<unsigned char>(c)) != 0 || others.find(c) != others.npos;
        name += allowed ? c : '_';
    }
    return name;
}

std::string base_of(std::string_view gateway)
{
    auto base = name_of(gateway) + "/";
    if (std::isalnum(static_cast<unsigned char>(base.front())) == 0) base.insert(0, "g");
    return base;
}

struct SeriesText {
    std::string name, unit;  // as members, with what stands before them
};

SeriesText text_of(const Delivery& delivery, store::SeriesId id, const Labels& labels)
{
    const auto series = delivery.series.get(id).value_or(store::Series{});
    SeriesText text;
    text.name = R"("n":)";
    append_json_text(text.name, name_of(labels.topic_of(series, delivery.gateway) + series.field));
    if (const auto unit = unit_of(series.unit); !unit.empty()) text.unit = fmt::format(R"(,"u":"{}")", unit);
    return text;
}

struct AppendValue {
    std::string& out;

    void operator()(bool value) const { out += value ? R"(,"vb":true)" : R"(,"vb":false)"; }
    void operator()(std::int64_t value) const
    {
        fmt::format_to(std::back_inserter(out), R"(,"v":{})", value);
    }
    void operator()(double value) const
    {
        out += R"(,"v":)";
        append_json_number(out, value);
    }
    void operator()(const std::string& value) const
    {
        out += R"(,"vs":)";
        append_json_text(out, value);
    }
};

// Seconds with their milliseconds, exactly.
void append_time(std::string& out, std::int64_t ms)
{
    constexpr std::int64_t second = 1000;
    fmt::format_to(std::back_inserter(out), R"(,"t":{}.{:03})", ms / second, ms % second);
}

}  // namespace

Result<> fits_senml(const store::Reading& reading)
{
    const auto* number = std::get_if<double>(&reading.value);
    if (number != nullptr && !std::isfinite(*number))
        return Error{ErrorKind::invalid, "SenML cannot say NaN or an infinity"};
    if (reading.time_ms < earliest_ms)
        return Error{ErrorKind::invalid, "SenML takes a time before July 1978 for one relative to now"};
    return {};
}

Result<std::string> senml_json(const Delivery& delivery, const Labels& labels)
{
    std::string out = "[";
    std::unordered_map<store::SeriesId, SeriesText> texts;
    for (const auto& [seq, reading] : delivery.records) {
        if (auto fits = fits_senml(reading); !fits) return fits.error();
        auto known = texts.find(reading.series);
        if (known == texts.end())
            known = texts.emplace(reading.series, text_of(delivery, reading.series, labels)).first;
        if (out.size() == 1) {
            out += R"({"bn":)";
            append_json_text(out, base_of(delivery.gateway));
            out += ',';
        } else {
            out += ",{";
        }
        out += known->second.name;
        out += known->second.unit;
        append_time(out, reading.time_ms);
        std::visit(AppendValue{out}, reading.value);
        out += '}';
    }
    out += ']';
    return out;
}

}  // namespace tidegate::bridge

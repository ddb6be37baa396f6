#include "gateway/decode/scalar.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace tidegate::gateway {

namespace {

constexpr std::array<std::string_view, 11> no_value = {"nan",         "-nan",    "null",     "none",
                                                       "inf",         "-inf",    "infinity", "-infinity",
                                                       "unavailable", "unknown", "undefined"};

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

std::string lower(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool says_no_value(std::string_view text)
{
    if (text.size() > 11) return false;
    return std::find(no_value.begin(), no_value.end(), lower(text)) != no_value.end();
}

// JSON's idea of a number (RFC 8259, 6), which leaves identifiers like 007 alone; and ".5", which many
// sensors print.
bool has_the_shape_of_a_number(std::string_view text)
{
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.empty() || (!is_digit(text[0]) && text[0] != '.')) return false;
    return text[0] != '0' || text.size() == 1 || !is_digit(text[1]);
}

template <class T>
std::optional<T> whole(std::string_view text)
{
    T value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

struct UnitWord {
    std::string_view word, unit;
};

// Units that may follow a number, and names of units, as they are shown.
constexpr std::array unit_words = {
    UnitWord{"%", "%"},         UnitWord{"°C", "°C"},       UnitWord{"°F", "°F"},
    UnitWord{"K", "K"},         UnitWord{"C", "°C"},        UnitWord{"F", "°F"},
    UnitWord{"V", "V"},         UnitWord{"mV", "mV"},       UnitWord{"kV", "kV"},
    UnitWord{"A", "A"},         UnitWord{"mA", "mA"},       UnitWord{"W", "W"},
    UnitWord{"kW", "kW"},       UnitWord{"MW", "MW"},       UnitWord{"Wh", "Wh"},
    UnitWord{"kWh", "kWh"},     UnitWord{"MWh", "MWh"},     UnitWord{"VA", "VA"},
    UnitWord{"var", "var"},     UnitWord{"Hz", "Hz"},       UnitWord{"kHz", "kHz"},
    UnitWord{"MHz", "MHz"},     UnitWord{"Pa", "Pa"},       UnitWord{"hPa", "hPa"},
    UnitWord{"kPa", "kPa"},     UnitWord{"bar", "bar"},     UnitWord{"mbar", "mbar"},
    UnitWord{"psi", "psi"},     UnitWord{"lx", "lx"},       UnitWord{"lux", "lx"},
    UnitWord{"ppm", "ppm"},     UnitWord{"ppb", "ppb"},     UnitWord{"dB", "dB"},
    UnitWord{"dBm", "dBm"},     UnitWord{"m", "m"},         UnitWord{"cm", "cm"},
    UnitWord{"mm", "mm"},       UnitWord{"km", "km"},       UnitWord{"m/s", "m/s"},
    UnitWord{"km/h", "km/h"},   UnitWord{"mph", "mph"},     UnitWord{"l", "L"},
    UnitWord{"L", "L"},         UnitWord{"l/min", "L/min"}, UnitWord{"L/min", "L/min"},
    UnitWord{"m³", "m³"},       UnitWord{"m3", "m³"},       UnitWord{"m³/h", "m³/h"},
    UnitWord{"g", "g"},         UnitWord{"kg", "kg"},       UnitWord{"s", "s"},
    UnitWord{"ms", "ms"},       UnitWord{"min", "min"},     UnitWord{"h", "h"},
    UnitWord{"d", "d"},         UnitWord{"rpm", "rpm"},     UnitWord{"°", "°"},
    UnitWord{"µg/m³", "µg/m³"}, UnitWord{"B", "B"},         UnitWord{"KiB", "KiB"},
    UnitWord{"MiB", "MiB"},     UnitWord{"second", "s"},    UnitWord{"seconds", "s"},
    UnitWord{"minutes", "min"}, UnitWord{"minute", "min"},  UnitWord{"hours", "h"},
    UnitWord{"hour", "h"},      UnitWord{"days", "d"},      UnitWord{"day", "d"},
    UnitWord{"bytes", "B"},     UnitWord{"percent", "%"},   UnitWord{"volts", "V"},
    UnitWord{"watts", "W"},     UnitWord{"amps", "A"},      UnitWord{"degrees", "°"}};

std::optional<Scalar> number_with_unit(std::string_view text)
{
    constexpr std::size_t longest = 48;
    if (text.size() > longest || text.empty() ||
        !(is_digit(text[0]) || text[0] == '-' || text[0] == '+' || text[0] == '.'))
        return std::nullopt;
    const auto end = text.find_first_not_of("0123456789+-.eE");
    if (end == std::string_view::npos) return std::nullopt;
    const auto word = trimmed(text.substr(end));
    // Without a blank a single letter may as well be part of an identifier: "12A".
    const bool apart = text[end] == ' ';
    if (!apart && word.size() == 1 && word != "%") return std::nullopt;
    auto value = read_number(trimmed(text.substr(0, end)));
    if (!value) return std::nullopt;
    for (const auto& known : unit_words)
        if (known.word == word) return Scalar{std::move(*value), {}, {}, std::string(known.unit)};
    return std::nullopt;
}

}  // namespace

double widened(float value)
{
    std::array<char, 32> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
    double wide = value;
    std::from_chars(text.data(), written.ptr, wide);
    return wide;
}

std::optional<store::Value> read_number(std::string_view text)
{
    if (text.starts_with('+')) text.remove_prefix(1);
    if (!has_the_shape_of_a_number(text)) return std::nullopt;
    if (const auto integer = whole<std::int64_t>(text)) return *integer;
    if (const auto real = whole<double>(text); real && std::isfinite(*real)) return *real;
    return std::nullopt;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

bool is_utf8(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        const bool ascii = static_cast<unsigned char>(text[at]) < 0x80;
        const auto bytes = ascii ? 1 : utf8_sequence(text, at);
        if (bytes == 0) return false;
        at += bytes;
    }
    return true;
}

bool is_date_time(std::string_view text)
{
    constexpr std::string_view shape = "dddd-dd-dd?dd:dd:dd";
    if (text.size() < shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 'd' && !is_digit(text[i])) return false;
        if (shape[i] == '?' && text[i] != 'T' && text[i] != ' ') return false;
        if ((shape[i] == '-' || shape[i] == ':') && text[i] != shape[i]) return false;
    }
    return true;
}

namespace {

std::optional<bool> boolean_of(std::string_view text)
{
    if (text.size() != 4 && text.size() != 5) return std::nullopt;
    const auto word = lower(text);
    if (word == "true") return true;
    if (word == "false") return false;
    return std::nullopt;
}

}  // namespace

Scalar read_scalar(std::string_view text)
{
    if (auto value = read_number(text)) return {std::move(*value)};
    if (const auto word = boolean_of(text)) return {*word};
    if (auto with_unit = number_with_unit(text)) return std::move(*with_unit);
    if (says_no_value(text)) return {{}, store::Reject::no_reading, "it says that there is no value"};
    if (is_date_time(text)) return {{}, store::Reject::no_reading, "a date and time, and no value"};
    if (text.find('\0') != std::string_view::npos || !is_utf8(text))
        return {{}, store::Reject::not_utf8, "neither JSON nor text in UTF-8"};
    return {std::string(text)};
}

}  // namespace tidegate::gateway

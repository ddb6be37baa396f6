#include "gateway/config/read_value.hpp"

#include "base/units.hpp"
#include "gateway/config/read_names.hpp"

#include <cmath>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

bool among(std::string_view one_of, const std::string& value)
{
    return one_of.empty() || ("|" + std::string(one_of) + "|").find("|" + value + "|") != std::string::npos;
}

std::optional<double> number(const toml::node& node)
{
    if (const auto whole = node.value_exact<std::int64_t>()) return static_cast<double>(*whole);
    const auto value = node.value_exact<double>();
    return value && std::isfinite(*value) ? value : std::nullopt;
}

// "2%" or "2.5 %".
std::optional<double> percentage(const toml::node& node)
{
    const auto text = node.value_exact<std::string>();
    if (!text || !text->ends_with('%')) return std::nullopt;
    char* end = nullptr;
    const double value = std::strtod(text->c_str(), &end);
    const std::string_view rest = end;
    if (end == text->c_str() || (rest != "%" && rest != " %") || !std::isfinite(value)) return std::nullopt;
    return value;
}

}  // namespace

std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, std::string& out)
{
    const auto value = node.value_exact<std::string>();
    if (!value) return Wrong{&node, fmt::format("{} needs a text in quotes", bounds.name)};
    if (!among(bounds.one_of, *value))
        return Wrong{&node,
                     fmt::format("{} is \"{}\", must be one of {}", bounds.name, *value, bounds.one_of)};
    out = *value;
    return std::nullopt;
}

std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, std::int64_t& out)
{
    const auto value = node.value_exact<std::int64_t>();
    if (!value) return Wrong{&node, fmt::format("{} needs a whole number", bounds.name)};
    if (*value < bounds.least || *value > bounds.most)
        return Wrong{
            &node, fmt::format("{} is {}, must be {} to {}", bounds.name, *value, bounds.least, bounds.most)};
    out = *value;
    return std::nullopt;
}

std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, double& out)
{
    const auto value = number(node);
    if (!value) return Wrong{&node, fmt::format("{} needs a number, like 0.1", bounds.name)};
    out = *value;
    return std::nullopt;
}

std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, bool& out)
{
    const auto value = node.value_exact<bool>();
    if (!value) return Wrong{&node, fmt::format("{} needs true or false", bounds.name)};
    out = *value;
    return std::nullopt;
}

std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, std::chrono::milliseconds& out)
{
    const auto text = node.value_exact<std::string>();
    const auto value = text ? parse_duration(*text) : std::nullopt;
    if (!value)
        return Wrong{&node, fmt::format(R"({} needs a duration like "250ms", "10s", "5min", "2h" or "7d")",
                                        bounds.name)};
    if (value->count() < bounds.least || value->count() > bounds.most)
        return Wrong{&node, fmt::format("{} is {}, must be {} to {}", bounds.name, *text,
                                        format_duration(std::chrono::milliseconds(bounds.least)),
                                        format_duration(std::chrono::milliseconds(bounds.most)))};
    out = *value;
    return std::nullopt;
}

std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, Bytes& out)
{
    const auto text = node.value_exact<std::string>();
    const auto value = text ? parse_bytes(*text) : std::nullopt;
    if (!value)
        return Wrong{&node, fmt::format(R"({} needs a size like "256KiB", "64MiB" or "4GiB")", bounds.name)};
    const auto least = static_cast<std::uint64_t>(bounds.least);
    const auto most = static_cast<std::uint64_t>(bounds.most);
    if (*value < least || *value > most)
        return Wrong{&node, fmt::format("{} is {}, must be {} to {}", bounds.name, *text, format_bytes(least),
                                        format_bytes(most))};
    out.count = *value;
    return std::nullopt;
}

std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, Deadband& out)
{
    const auto amount = number(node);
    const auto percent = percentage(node);
    if (!amount && !percent)
        return Wrong{&node,
                     fmt::format(R"({} needs a number like 0.5, or a percentage like "2%")", bounds.name)};
    const Deadband value{amount.value_or(percent.value_or(0)), percent.has_value()};
    if (value.amount < 0) return Wrong{&node, fmt::format("{} is below 0", bounds.name)};
    out = value;
    return std::nullopt;
}

std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, Forward& out)
{
    const auto text = node.value_exact<std::string>().value_or("");
    if (text == "all")
        out = {Forward::What::all, {}};
    else if (text == "none")
        out = {Forward::What::none, {}};
    else if (text == "derived")
        out = {Forward::What::derived, {}};
    else {
        std::vector<std::string> names;
        if (read_value(node, Bounds{bounds.name, 1, 0, {}}, names))
            return Wrong{&node, fmt::format(R"({} needs "all", "none", "derived", or a list of upstreams )"
                                            R"(like ["cloud"])",
                                            bounds.name)};
        out = {Forward::What::named, std::move(names)};
    }
    return std::nullopt;
}

std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, store::Value& out)
{
    if (const auto text = node.value_exact<std::string>())
        out = *text;
    else if (const auto flag = node.value_exact<bool>())
        out = *flag;
    else if (const auto whole = node.value_exact<std::int64_t>())
        out = *whole;
    else if (const auto value = number(node))
        out = *value;
    else
        return Wrong{&node, fmt::format(R"({} needs a text, a number, true or false)", bounds.name)};
    return std::nullopt;
}

std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, std::vector<std::string>& out)
{
    const auto* array = node.as_array();
    std::vector<std::string> values;
    if (array != nullptr)
        for (const auto& entry : *array)
            if (const auto value = entry.value_exact<std::string>()) values.push_back(*value);
    if (array == nullptr || values.size() != array->size() ||
        values.size() < static_cast<std::size_t>(bounds.least))
        return Wrong{&node, fmt::format(R"({} needs a list of texts, like ["plant/#", "tele/+/SENSOR"])",
                                        bounds.name)};
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!among(bounds.one_of, values[i]))
            return Wrong{array->get(i),
                         fmt::format("{} has \"{}\", must be of {}", bounds.name, values[i], bounds.one_of)};
    out = std::move(values);
    return std::nullopt;
}

std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, std::vector<FilterConfig>& out)
{
    const auto badly_written = [&](const toml::node& where) {
        return Wrong{&where, fmt::format("{} {}", bounds.name, how_filters_are_written)};
    };
    const auto* array = node.as_array();
    if (array == nullptr || array->size() < static_cast<std::size_t>(bounds.least))
        return badly_written(node);
    std::vector<FilterConfig> filters;
    for (const auto& entry : *array) {
        const auto filter = read_filter(entry);
        if (!filter) return badly_written(entry);
        if (!valid_subscription(filter->filter))
            return Wrong{&entry, fmt::format("\"{}\" is no topic filter", filter->filter)};
        filters.push_back(*filter);
    }
    out = std::move(filters);
    return std::nullopt;
}

std::optional<Wrong> read_value(const toml::node& node,
                                const Bounds& bounds,
                                std::vector<std::chrono::milliseconds>& out)
{
    const auto* array = node.as_array();
    if (array == nullptr)
        return Wrong{&node, fmt::format(R"({} needs a list of durations, like ["1min", "1h"])", bounds.name)};
    std::vector<std::chrono::milliseconds> values;
    for (const auto& entry : *array)
        if (auto wrong = read_value(entry, bounds, values.emplace_back())) return wrong;
    out = std::move(values);
    return std::nullopt;
}

}  // namespace tidegate::gateway

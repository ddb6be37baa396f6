#include "base/units.hpp"
#include "gateway/config/changes.hpp"
#include "gateway/config/keys.hpp"
#include "gateway/config/load.hpp"
#include "gateway/decode/value_text.hpp"
#include "gateway/rules/alarm_text.hpp"

#include <toml++/toml.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>
#include <utility>

namespace tidegate::gateway {

namespace {

// As TOML has it: control characters survive.
std::string quoted(const std::string& text)
{
    constexpr auto in_one_line = toml::format_flags::quote_dates_and_times;  // neither '…' nor several lines
    std::ostringstream out;
    out << toml::toml_formatter(toml::value(text), in_one_line);
    return out.str();
}

std::string shown(const std::string& value)
{
    return quoted(value);
}

std::string shown(std::int64_t value)
{
    return fmt::format("{}", value);
}

std::string shown(std::chrono::milliseconds value)
{
    return quoted(format_duration(value));
}

std::string shown(Bytes value)
{
    return quoted(format_bytes(value.count));
}

std::string shown(const std::vector<std::string>& values)
{
    std::vector<std::string> texts;
    for (const auto& value : values) texts.push_back(quoted(value));
    return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string shown(const std::vector<FilterConfig>& filters)
{
    std::vector<std::string> texts;
    for (const auto& [filter, qos] : filters)
        texts.push_back(qos ? fmt::format("{{filter = {}, qos = {}}}", quoted(filter), *qos)
                            : quoted(filter));
    return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string shown(double value)
{
    return fmt::format("{}", value);
}

std::string shown(bool value)
{
    return value ? "true" : "false";
}

std::string shown(const store::Value& value)
{
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr ? quoted(*text) : text_of(value);
}

std::string shown(const Deadband& value)
{
    return value.percent ? quoted(fmt::format("{}%", value.amount)) : shown(value.amount);
}

std::string shown(const std::vector<std::chrono::milliseconds>& values)
{
    std::vector<std::string> texts;
    for (const auto value : values) texts.push_back(shown(value));
    return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string shown(const Forward& value)
{
    switch (value.what) {
    case Forward::What::all: return quoted("all");
    case Forward::What::none: return quoted("none");
    case Forward::What::derived: return quoted("derived");
    case Forward::What::named: break;
    }
    return shown(value.upstreams);
}

// Empty: it is not said.
template <class T>
std::string shown(const std::optional<T>& value)
{
    return value ? shown(*value) : std::string();
}

template <class Section>
std::string value_of(const Key<Section>& key, const Section& section)
{
    return std::visit([&](auto member) { return shown(section.*member); }, key.member);
}

template <class Section>
std::string toml_of(std::string_view head, std::span<const Key<Section>> keys, const Section& section)
{
    auto out = fmt::format("{}\n", head);
    for (const auto& key : keys)
        if (const auto value = value_of(key, section); !value.empty())
            out += fmt::format("{} = {}\n", key.name, value);
    return out + "\n";
}

template <class Section>
bool is_duration(const Key<Section>& key)
{
    using Duration = std::chrono::milliseconds;
    return std::holds_alternative<Duration Section::*>(key.member) ||
           std::holds_alternative<std::optional<Duration> Section::*>(key.member) ||
           std::holds_alternative<std::optional<std::vector<Duration>> Section::*>(key.member);
}

template <class Section>
std::string allowed(const Key<Section>& key)
{
    if (!key.one_of.empty()) return fmt::format("one of {}", fmt::join(std::string(key.one_of), ""));
    if (key.most == 0) return "";
    if (is_duration(key))
        return fmt::format("{} to {}", format_duration(std::chrono::milliseconds(key.least)),
                           format_duration(std::chrono::milliseconds(key.most)));
    if (std::holds_alternative<Bytes Section::*>(key.member))
        return fmt::format("{} to {}", format_bytes(static_cast<std::uint64_t>(key.least)),
                           format_bytes(static_cast<std::uint64_t>(key.most)));
    return fmt::format("{} to {}", key.least, key.most);
}

template <class Section>
std::string markdown_of(std::string_view head,
                        std::string_view what,
                        std::span<const Key<Section>> keys,
                        const Section& defaults)
{
    auto out = fmt::format("\n## `{}`\n\n{}\n\n| key | default | allowed | meaning |\n|---|---|---|---|\n",
                           head, what);
    for (const auto& key : keys) {
        std::string range = allowed(key);
        for (std::size_t at = range.find('|'); at != std::string::npos; at = range.find('|'))
            range.replace(at, 1, ", ");
        auto value = value_of(key, defaults);
        if (!value.empty()) value = fmt::format("`{}`", value);
        out += fmt::format(
            "| `{}` | {} | {} | {}{} |\n", key.name, key.required ? "required" : value, range, key.meaning,
            applies_live(head.substr(1, head.size() - 2), key.name) ? "" : " Needs a restart.");
    }
    return out;
}

}  // namespace

std::string as_toml(const BrokerConfig& broker)
{
    return toml_of("[[broker]]", broker_keys(), broker);
}

std::string as_toml(const UpstreamConfig& upstream)
{
    return toml_of("[[upstream]]", upstream_keys(), upstream);
}

std::string as_toml(const Config& config)
{
    auto copy = config;
    std::string out;
    for_each_section(copy, [&](std::string_view name, auto, auto keys, auto& section) {
        out += toml_of(fmt::format("[{}]", name), keys, std::as_const(section));
    });
    for (const auto& broker : config.brokers) out += as_toml(broker);
    for (const auto& upstream : config.upstreams) out += as_toml(upstream);
    for (const auto& rule : config.rules) out += toml_of("[[rule]]", rule_keys(), rule);
    for (const auto& alarm : config.alarms) out += toml_of("[[alarm]]", alarm_keys(), alarm);
    out.pop_back();
    return out;
}

std::string as_markdown()
{
    std::string out =
        "# Configuration\n\nMade by `tidegate check --reference` from the table that also reads the file; do "
        "not edit.\n\n"
        "Tidegate reads `/etc/tidegate/tidegate.toml` and then `/etc/tidegate/conf.d/*.toml` in the order of "
        "their names, or the "
        "one file given with `-c`. Every key has a default; no file at all is a good configuration. "
        "`tidegate check` tells every "
        "problem with its file, line and column, and prints what is in effect. Durations are written "
        "`\"250ms\"`, `\"10s\"`, "
        "`\"5min\"`, `\"2h\"`, `\"7d\"`; sizes `\"256KiB\"`, `\"64MiB\"`, `\"4GiB\"`. Where a key names a "
        "file, "
        "`\"credential:NAME\"` is the one that systemd hands over (`LoadCredential=NAME:FILE` in the unit). "
        "Files "
        "with a password, a token or a private key are refused where others can read them.\n\n"
        "`systemctl reload tidegate` (SIGHUP) has the files read again and applied while the gateway works; "
        "what "
        "needs a restart is said below, and in the journal where it has changed. A file with a problem in it "
        "changes nothing.\n";
    Config defaults;
    for_each_section(defaults, [&](std::string_view name, std::string_view what, auto keys, auto& section) {
        out += markdown_of(fmt::format("[{}]", name), what, keys, std::as_const(section));
    });
    out +=
        markdown_of("[[broker]]",
                    "The brokers whose topics are read, once for each; a single one may be written "
                    "`[broker]`. A drop-in that names one of them changes the keys that it has. Each has a "
                    "session, an intake ring and a client id of its own.",
                    broker_keys(), BrokerConfig{});
    out += markdown_of("[[upstream]]",
                       "Where readings go; once for each, none at all if they should stay here. A drop-in "
                       "that names one of them changes the keys that it has.",
                       upstream_keys(), UpstreamConfig{});
    out += markdown_of("[[rule]]",
                       "What becomes of the readings of some series; once for each. Of each aspect, the "
                       "first rule that matches a series and speaks of it counts; those of later files "
                       "come behind. [rules.md](rules.md) explains them.",
                       rule_keys(), Rule{});
    return out +
           markdown_of("[[alarm]]",
                       "What is to be told when it happens; once for each, with exactly one of `above`, "
                       "`below`, `rate`, `equals` and `stale`. Of alarms with the same name the first "
                       "that matches a series counts. [rules.md](rules.md) explains them.",
                       alarm_keys(), AlarmSetting{});
}

}  // namespace tidegate::gateway

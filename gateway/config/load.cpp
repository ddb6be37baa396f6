#include "gateway/config/load.hpp"

#include "bridge/sparkplug_host.hpp"
#include "gateway/config/keys.hpp"
#include "gateway/config/read_names.hpp"
#include "gateway/config/read_value.hpp"
#include "gateway/config/rule_checks.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <set>

namespace tidegate::gateway {

namespace {

constexpr auto default_file = "/etc/tidegate/tidegate.toml";

class Loader {
public:
    Loader(LoadedConfig& loaded, std::string file) : loaded_(loaded), file_(std::move(file)) {}

    void load(const toml::table& root)
    {
        std::vector<std::string_view> names{"broker", "upstream", "rule", "alarm"};
        for_each_section(loaded_.config,
                         [&](std::string_view name, auto, auto, auto&) { names.push_back(name); });
        for (const auto& [name, node] : root)
            if (std::find(names.begin(), names.end(), name.str()) == names.end())
                complain(node,
                         fmt::format("unknown section {}{}", name.str(), suggestion(name.str(), names)));
        for_each_section(loaded_.config, [&](std::string_view name, auto, auto keys, auto& section) {
            if (const auto node = toml::at_path(root, name))
                load_section(*node.node(), name, name, keys, section);
        });
        if (const auto* node = root.get("broker")) load_brokers(*node);
        if (const auto* node = root.get("upstream")) load_upstreams(*node);
        if (const auto* node = root.get("rule")) load_rules(*node);
        if (const auto* node = root.get("alarm")) load_alarms(*node);
    }

private:
    std::string place_of(const toml::node& node) const
    {
        const auto& at = node.source().begin;
        return fmt::format("{}:{}:{}", file_, at.line, at.column);
    }

    void complain(const toml::node& node, const std::string& what)
    {
        loaded_.problems.push_back(fmt::format("{}: {}", place_of(node), what));
    }

    bool is_section(std::string_view name)
    {
        bool is = false;
        for_each_section(loaded_.config,
                         [&](std::string_view other, auto, auto, auto&) { is = is || other == name; });
        return is;
    }

    // `which`: "web", or "broker.NAME".
    template <class Section>
    void load_section(const toml::node& node,
                      std::string_view name,
                      std::string_view which,
                      std::span<const Key<Section>> keys,
                      Section& section)
    {
        loaded_.places[std::string(which)] = place_of(node);
        const auto* table = node.as_table();
        if (table == nullptr) return complain(node, fmt::format("{} must be one section, [{}]", name, name));
        for (const auto& [key_name, value] : *table) {
            const auto found =
                std::find_if(keys.begin(), keys.end(), [&](auto& key) { return key.name == key_name.str(); });
            if (found == keys.end()) {
                if (value.is_table() && is_section(fmt::format("{}.{}", name, key_name.str()))) continue;
                std::vector<std::string_view> names;
                for (const auto& key : keys) names.push_back(key.name);
                complain(value, fmt::format("unknown key {}.{}{}", name, key_name.str(),
                                            suggestion(key_name.str(), names)));
                continue;
            }
            loaded_.places[fmt::format("{}.{}", which, key_name.str())] = place_of(value);
            const Bounds bounds{found->name, found->least, found->most, found->one_of};
            const auto wrong = std::visit(
                [&](auto member) { return read_value(value, bounds, section.*member); }, found->member);
            if (wrong) complain(*wrong->where, wrong->what);
        }
    }

    template <class Section>
    void check_required(const toml::node& node,
                        std::string_view name,
                        std::span<const Key<Section>> keys,
                        const Section& section)
    {
        const auto* table = node.as_table();
        if (table == nullptr) return;
        for (const auto& key : keys) {
            const auto* text = std::get_if<std::string Section::*>(&key.member);
            if (!key.required || table->get(key.name) != nullptr) continue;
            if (text == nullptr || (section.**text).empty())
                complain(node, fmt::format("{}.{} is missing: {}", name, key.name, key.meaning));
        }
    }

    // [broker], or [[broker]] once for each. What names a broker that is there already, from an earlier file,
    // is about that one.
    void load_brokers(const toml::node& node)
    {
        const auto* array = node.as_array();
        if (array == nullptr && !node.is_table())
            return complain(node, "broker must be written [broker], or [[broker]] once for each");
        std::set<std::string> names;
        const auto load_one = [&](const toml::node& entry) {
            const auto* table = entry.as_table();
            const auto name = (table != nullptr ? (*table)["name"].value<std::string>() : std::nullopt)
                                  .value_or(BrokerConfig{}.name);
            if (!good_name(name))
                return complain(entry, fmt::format("broker.name is \"{}\", must be 1 to 32 letters, digits, "
                                                   "\"-\" and \"_\"",
                                                   name));
            if (!names.insert(name).second)
                return complain(entry, fmt::format("two brokers are named \"{}\": give each a name", name));
            auto& broker = named(loaded_.config.brokers, name);
            load_section(entry, "broker", "broker." + name, broker_keys(), broker);
            if (!broker.sparkplug_host.empty() && !bridge::good_sparkplug_id(broker.sparkplug_host))
                complain(entry,
                         "broker.sparkplug_host must be 1 to 128 bytes without \"/\", \"+\" and \"#\"");
        };
        if (array == nullptr) return load_one(node);
        for (const auto& entry : *array) load_one(entry);
    }

    template <class Section>
    static Section& named(std::vector<Section>& sections, const std::string& name)
    {
        const auto found = std::ranges::find(sections, name, &Section::name);
        if (found != sections.end()) return *found;
        sections.emplace_back().name = name;
        return sections.back();
    }

    // [[upstream]] once for each. What names one that is there already, from an earlier file, is about that
    // one.
    void load_upstreams(const toml::node& node)
    {
        const auto* array = node.as_array();
        if (array == nullptr) return complain(node, "upstream must be written [[upstream]], once for each");
        std::set<std::string> names;
        for (const auto& entry : *array) {
            const auto* table = entry.as_table();
            const auto name =
                (table != nullptr ? (*table)["name"].value<std::string>() : std::nullopt).value_or("");
            if (!name.empty() && !names.insert(name).second) {
                complain(entry, fmt::format("two upstreams are named \"{}\"", name));
                continue;
            }
            UpstreamConfig nameless;
            auto& upstream = name.empty() ? nameless : named(loaded_.config.upstreams, name);
            load_section(entry, "upstream", "upstream." + name, upstream_keys(), upstream);
            check_required(entry, "upstream", upstream_keys(), upstream);
            check_upstream(entry, upstream);
        }
    }

    void check_upstream(const toml::node& entry, const UpstreamConfig& upstream)
    {
        if (upstream.kind == "influxdb") check_influxdb(entry, upstream);
        if (upstream.proxy.find('@') != std::string::npos)
            complain(entry,
                     "upstream.proxy has a user or a password in it, which would be shown; none is sent");
        if (upstream.mode == "mirror" && upstream.kind != "mqtt")
            complain(entry,
                     "upstream.mode = \"mirror\" is for kind = \"mqtt\": only there are topics to mirror to");
        if (!upstream.down.empty() && upstream.kind != "mqtt")
            complain(entry, "upstream.down is for kind = \"mqtt\": only there are topics to command on");
    }

    void load_rules(const toml::node& node)
    {
        const auto* array = node.as_array();
        if (array == nullptr) return complain(node, "rule must be written [[rule]], once for each");
        for (const auto& entry : *array) {
            Rule rule;
            rule.place = fmt::format("{}:{}", file_, entry.source().begin.line);
            load_section(entry, "rule", "rule", rule_keys(), rule);
            if (const auto* table = entry.as_table())
                for (const auto& wrong : check_rule(*table, rule)) complain(*wrong.where, wrong.what);
            if (rule.forward)
                for (const auto& upstream : rule.forward->upstreams)
                    loaded_.named_upstreams.emplace_back(place_of(entry), upstream);
            loaded_.config.rules.push_back(std::move(rule));
        }
    }

    void load_alarms(const toml::node& node)
    {
        const auto* array = node.as_array();
        if (array == nullptr) return complain(node, "alarm must be written [[alarm]], once for each");
        for (const auto& entry : *array) {
            AlarmSetting alarm;
            load_section(entry, "alarm", "alarm", alarm_keys(), alarm);
            check_required(entry, "alarm", alarm_keys(), alarm);
            if (const auto* table = entry.as_table())
                for (const auto& wrong : check_alarm(*table, alarm)) complain(*wrong.where, wrong.what);
            loaded_.config.alarms.push_back(std::move(alarm));
        }
    }

    void check_influxdb(const toml::node& node, const UpstreamConfig& upstream)
    {
        const bool first = !upstream.database.empty(), second = !upstream.bucket.empty();
        if (first && second)
            complain(node, "upstream.database is of InfluxDB 1, upstream.bucket of InfluxDB 2: not both");
        if (!first && !second)
            complain(node, "upstream.database (InfluxDB 1) is missing, or upstream.org and upstream.bucket");
        if (second && upstream.org.empty())
            complain(node, "upstream.org is missing: the organisation that the bucket belongs to");
    }

    LoadedConfig& loaded_;
    std::string file_;
};

std::vector<std::filesystem::path> files_of(const std::filesystem::path& given)
{
    if (!given.empty()) return {given};
    std::vector<std::filesystem::path> files;
    if (std::filesystem::exists(default_file)) files.emplace_back(default_file);
    std::vector<std::filesystem::path> drop_ins;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(default_file).parent_path() / "conf.d", none))
        if (entry.path().extension() == ".toml") drop_ins.push_back(entry.path());
    std::sort(drop_ins.begin(), drop_ins.end());
    files.insert(files.end(), drop_ins.begin(), drop_ins.end());
    return files;
}

}  // namespace

void load_text(LoadedConfig& loaded, std::string_view text, const std::string& name)
{
    try {
        Loader(loaded, name).load(toml::parse(text, name));
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        loaded.problems.push_back(fmt::format("{}:{}:{}: {}", name, at.line, at.column, error.description()));
    }
}

LoadedConfig read_config(const std::filesystem::path& given)
{
    LoadedConfig loaded;
    loaded.files = files_of(given);
    for (const auto& file : loaded.files) {
        std::ifstream in(file);
        if (!in) {
            loaded.problems.push_back(fmt::format("{}:1:1: cannot be read", file.string()));
            continue;
        }
        const std::string text((std::istreambuf_iterator<char>(in)), {});
        load_text(loaded, text, file.string());
    }
    return loaded;
}

LoadedConfig load_config(const std::filesystem::path& given)
{
    auto loaded = read_config(given);
    finish(loaded);
    return loaded;
}

}  // namespace tidegate::gateway

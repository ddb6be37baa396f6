#include "firmware-sim/profile.hpp"

#include "firmware-sim/profile_signals.hpp"
#include "firmware-sim/toml_reader.hpp"

#include <toml++/toml.h>

#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

namespace tidegate::sim {

namespace {

Template template_at(TomlReader& table, std::string_view key, const std::vector<SignalSpec>& signals)
{
    try {
        return Template(table.text(key), signals);
    } catch (const std::invalid_argument& problem) {
        table.fail(key, problem.what());
    }
}

MessageSpec read_message(TomlReader& table, const std::vector<SignalSpec>& signals, bool retained)
{
    MessageSpec message;
    message.topic = template_at(table, "topic", signals);
    message.payload = template_at(table, "payload", signals);
    message.retained = table.flag("retained", retained);
    const auto form = form_named(table.text("form", "text"));
    if (!form) table.fail("form", "forms are text, cbor, messagepack and sparkplug-b");
    message.form = *form;
    table.finish();
    return message;
}

std::optional<Availability> read_availability(TomlReader& table)
{
    auto inside = table.table("availability");
    if (!inside) return std::nullopt;
    Availability availability{template_at(*inside, "topic", {}), inside->text("online"),
                              inside->text("offline")};
    inside->finish();
    return availability;
}

// "turns" names the messages of a round; without it each has one.
void read_messages(TomlReader& table, Kind& kind)
{
    std::map<std::string, std::size_t> names;
    for (auto& entry : table.tables("message")) {
        const auto name = entry.text("name", "");
        if (!name.empty()) names[name] = kind.messages.size();
        kind.messages.push_back(read_message(entry, kind.signals, false));
    }
    if (kind.messages.empty()) table.fail("message", "a device needs at least one [[device.message]]");
    for (const auto& name : table.texts("turns")) {
        const auto found = names.find(name);
        if (found == names.end())
            table.fail("turns", fmt::format("there is no message of the name \"{}\"", name));
        kind.turns.push_back(found->second);
    }
    if (!kind.turns.empty()) return;
    for (std::size_t i = 0; i < kind.messages.size(); ++i) kind.turns.push_back(i);
}

Kind read_kind(TomlReader table)
{
    Kind kind;
    kind.signals = read_signals(table);
    kind.name = template_at(table, "name", {});
    kind.words = table.texts("words");
    if (kind.words.empty()) kind.words.emplace_back();
    const auto share = table.number("share", 1);
    if (share < 1 || share > 100) table.fail("share", "a share is 1 to 100");
    kind.share = static_cast<std::uint32_t>(share);
    kind.availability = read_availability(table);
    for (auto& birth : table.tables("birth")) kind.births.push_back(read_message(birth, kind.signals, true));
    read_messages(table, kind);
    table.finish();
    return kind;
}

Profile read_profile(const toml::table& root, const std::string& file)
{
    TomlReader table(root, file);
    Profile profile;
    profile.family = table.text("family");
    profile.about = table.text("about");
    profile.decoder = table.text("decoder", "");
    profile.common = table.flag("common", false);
    for (auto& device : table.tables("device")) {
        profile.kinds.push_back(read_kind(device));
        const auto place = static_cast<std::uint32_t>(profile.kinds.size() - 1);
        profile.pattern.insert(profile.pattern.end(), profile.kinds.back().share, place);
    }
    if (profile.kinds.empty()) table.fail("device", "a profile needs at least one [[device]]");
    table.finish();
    return profile;
}

}  // namespace

Profile read_profile(std::string_view text, const std::string& file)
{
    try {
        return read_profile(toml::parse(text, file), file);
    } catch (const toml::parse_error& problem) {
        throw std::runtime_error(
            fmt::format("{}:{}: {}", file, problem.source().begin.line, problem.description()));
    }
}

Profile load_profile(const std::filesystem::path& file)
{
    std::ifstream in(file);
    if (!in) throw std::runtime_error(fmt::format("{}: no such file, or it cannot be read", file.string()));
    const std::string text(std::istreambuf_iterator<char>(in), {});
    return read_profile(text, file.string());
}

}  // namespace tidegate::sim

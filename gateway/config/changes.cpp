#include "gateway/config/changes.hpp"

#include "gateway/config/keys.hpp"
#include "gateway/config/load.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <iterator>
#include <string_view>

namespace tidegate::gateway {

namespace {

// Where the store, the rings and the listener are made of it, and who we are to everybody else.
constexpr std::array<std::string_view, 12> made_at_start{"gateway.id",
                                                         "gateway.state_directory",
                                                         "gateway.runtime_directory",
                                                         "limits.ring",
                                                         "limits.metadata",
                                                         "store.commit",
                                                         "store.durability",
                                                         "store.sync",
                                                         "store.buffer",
                                                         "store.history",
                                                         "store.history_age",
                                                         "store.free"};
constexpr std::array<std::string_view, 2> sections_made_at_start{"web", "web.jwt"};

template <class Section>
std::string with_files(const Section& section, std::span<const Key<Section>> keys)
{
    auto text = as_toml(section);
    for (const auto& key : keys) {
        const auto* member = std::get_if<std::string Section::*>(&key.member);
        if (member == nullptr || !key.name.ends_with("_file") || (section.**member).empty()) continue;
        std::ifstream in(section.**member, std::ios::binary);
        const std::string content((std::istreambuf_iterator<char>(in)), {});
        text += fmt::format("# {} {} {:x}\n", key.name, content.size(), std::hash<std::string>()(content));
    }
    return text;
}

}  // namespace

bool applies_live(std::string_view section, std::string_view key)
{
    const auto holds = [](const auto& all, std::string_view one) {
        return std::ranges::find(all, one) != all.end();
    };
    return !holds(sections_made_at_start, section) &&
           !holds(made_at_start, fmt::format("{}.{}", section, key));
}

std::vector<std::string> keep_what_needs_a_restart(const Config& running, Config& next)
{
    auto whole = next;
    complete(whole);
    auto mine = running;
    std::vector<std::string> differ;
    for_each_section(next, [&](std::string_view name, auto, auto keys, auto& section) {
        using Section = std::remove_reference_t<decltype(section)>;
        const Section *now = nullptr, *wanted = nullptr;
        const auto find = [name](const Section*& into) {
            return [name, &into](std::string_view other, auto, auto, auto& found) {
                if constexpr (std::is_same_v<std::remove_reference_t<decltype(found)>, Section>)
                    if (other == name) into = &found;
            };
        };
        for_each_section(mine, find(now));
        for_each_section(whole, find(wanted));
        for (const auto& key : keys) {
            if (applies_live(name, key.name)) continue;
            std::visit(
                [&](auto member) {
                    if (!(wanted->*member == now->*member))
                        differ.push_back(fmt::format("{}.{}", name, key.name));
                    section.*member = now->*member;
                },
                key.member);
        }
    });
    return differ;
}

std::string fingerprint(const BrokerConfig& broker)
{
    return with_files(broker, broker_keys());
}

std::string fingerprint(const UpstreamConfig& upstream)
{
    return with_files(upstream, upstream_keys());
}

}  // namespace tidegate::gateway

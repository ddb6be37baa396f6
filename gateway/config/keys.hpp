#pragma once

#include "gateway/config/config.hpp"

#include <span>
#include <string_view>
#include <variant>

namespace tidegate::gateway {

// One key of a section: where its value goes, what is allowed, and what it means. Loading, `tidegate check`
// and docs/configuration.md all come from these tables, so that they cannot disagree.
template <class Section>
struct Key {
    using Member = std::variant<std::string Section::*,
                                bool Section::*,
                                std::int64_t Section::*,
                                std::chrono::milliseconds Section::*,
                                Bytes Section::*,
                                std::vector<std::string> Section::*,
                                std::vector<FilterConfig> Section::*,
                                std::optional<std::string> Section::*,
                                std::optional<double> Section::*,
                                std::optional<bool> Section::*,
                                std::optional<std::chrono::milliseconds> Section::*,
                                std::optional<Deadband> Section::*,
                                std::optional<std::vector<std::chrono::milliseconds>> Section::*,
                                std::optional<std::vector<std::string>> Section::*,
                                std::optional<Forward> Section::*,
                                std::optional<store::Value> Section::*>;
    std::string_view name;
    Member member;
    std::string_view meaning;
    std::int64_t least = 0, most = 0;  // of a number, of milliseconds, of bytes, of entries
    std::string_view one_of{};         // of a text, or of each in a list: "mqtt|https"; empty: any
    bool required = false;
};

std::span<const Key<GatewayConfig>> gateway_keys();
std::span<const Key<BrokerConfig>> broker_keys();
std::span<const Key<LimitsConfig>> limits_keys();
std::span<const Key<StoreConfig>> store_keys();
std::span<const Key<WebConfig>> web_keys();
std::span<const Key<WebLimitsConfig>> web_limits_keys();
std::span<const Key<JwtConfig>> jwt_keys();
std::span<const Key<CommandsConfig>> commands_keys();
std::span<const Key<UpstreamConfig>> upstream_keys();
std::span<const Key<Rule>> rule_keys();
std::span<const Key<AlarmSetting>> alarm_keys();

// Calls visit(section's name, "what it is", keys, the section in `config`) for each that is there once.
template <class Visit>
void for_each_section(Config& config, Visit&& visit)
{
    visit("gateway", "This gateway.", gateway_keys(), config.gateway);
    visit("limits", "What is refused, so that no device can fill memory or disk.", limits_keys(),
          config.limits);
    visit("store", "What is kept, how safely and how long.", store_keys(), config.store);
    visit("web", "The dashboard and the API.", web_keys(), config.web);
    visit(
        "web.limits",
        "What a client may take of the web server. What is refused is counted: `tidegate_web_refused_total`.",
        web_limits_keys(), config.web_limits);
    visit("web.jwt",
          "Tokens (JWT) of another issuer that the API takes (security.md). Off without algorithms.",
          jwt_keys(), config.web_jwt);
    visit("commands", "Messages to devices, from an upstream (`down`) or POST /api/v1/commands.",
          commands_keys(), config.commands);
}

}  // namespace tidegate::gateway

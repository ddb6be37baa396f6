#include "gateway/downlink.hpp"

#include "base/topic_filter.hpp"
#include "bridge/topic_level.hpp"
#include "gateway/broker_endpoint.hpp"
#include "gateway/config/secrets.hpp"

#include <cctype>
#include <filesystem>
#include <fmt/format.h>
#include <utility>

namespace tidegate::gateway {

namespace {

constexpr auto longest_away = std::chrono::hours(7 * 24);  // no command lives longer

bridge::CommandRules rules_of(const Config& config)
{
    const auto& commands = config.commands;
    std::vector<std::string> brokers;
    for (const auto& broker : config.brokers) brokers.push_back(broker.name);
    return {.allow = commands.allow,
            .brokers = std::move(brokers),
            .largest_payload = commands.payload.count,
            .expiry = commands.expiry,
            .trust_clock = commands.clock == "trusted"};
}

// A name as part of a file's: another one for each name.
std::string file_name_of(const std::string& name)
{
    std::string out;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '_')
            out += c;
        else
            out += fmt::format("%{:02x}", byte);
    }
    return out;
}

Result<std::string> down_topic(const std::string& pattern, const std::string& gateway)
{
    auto topic = bridge::own_topic(pattern, gateway);
    if (auto good = bridge::check_target(topic); !good)
        return Error{ErrorKind::invalid, fmt::format("down: {}", good.error().what)};
    return topic;
}

}  // namespace

Downlink::Downlink(const Config& config)
    : book_(config.gateway.state_directory),
      desk_(book_, rules_of(config))
{
}

Result<std::unique_ptr<Downlink>> Downlink::open(const Config& config, bridge::SessionBook& sessions)
{
    for (const auto& filter : config.commands.allow)
        if (!valid_filter(filter))
            return Error{ErrorKind::invalid,
                         fmt::format("commands.allow: \"{}\" is no topic filter", filter)};
    auto made = std::make_unique<Downlink>(config);
    for (const auto& broker : config.brokers) {
        if (config.commands.allow.empty()) break;
        if (auto added = made->add_broker(broker); !added)
            return Error{added.error().kind, fmt::format("broker {}: {}", broker.name, added.error().what)};
    }
    for (const auto& upstream : config.upstreams) {
        if (upstream.down.empty()) continue;
        if (auto added = made->add_upstream(config, upstream, sessions); !added)
            return Error{added.error().kind,
                         fmt::format("upstream {}: {}", upstream.name, added.error().what)};
    }
    return made;
}

Result<> Downlink::add_broker(const BrokerConfig& broker)
{
    auto endpoint = endpoint_of(broker, "commands");
    if (!endpoint) return endpoint.error();
    auto outlet = bridge::CommandOutlet::to_broker(std::move(*endpoint), broker.name, desk_);
    if (!outlet) return outlet.error();
    outlets_.push_back(std::move(*outlet));
    return {};
}

Result<> Downlink::add_upstream(const Config& config,
                                const UpstreamConfig& upstream,
                                bridge::SessionBook& sessions)
{
    auto topic = down_topic(upstream.down, config.gateway.id);
    if (!topic) return topic.error();
    auto password = secret_of(upstream.password_file);
    if (!password) return password.error();
    const auto client_id = fmt::format("tidegate-{}-{}", config.gateway.id, upstream.name);

    auto outlet =
        bridge::CommandOutlet::to_upstream({.url = upstream.url,
                                            .client_id = client_id + "-result",
                                            .user = upstream.user,
                                            .password = *password,
                                            .ca_file = upstream.ca_file,
                                            .certificate_file = upstream.certificate_file,
                                            .key_file = upstream.key_file,
                                            .alpn = upstream.alpn},
                                           {upstream.name, *topic + "/result", config.gateway.id}, desk_);
    if (!outlet) return outlet.error();
    outlets_.push_back(std::move(*outlet));

    bridge::SubscriberOptions options;
    options.url = upstream.url;
    options.client_id = client_id + "-down";
    options.user = upstream.user;
    options.password = std::move(*password);
    options.ca_file = upstream.ca_file;
    options.certificate_file = upstream.certificate_file;
    options.key_file = upstream.key_file;
    options.alpn = upstream.alpn;
    options.filters = {bridge::Subscription(*topic)};
    options.session_expiry = longest_away;
    options.sessions = &sessions;
    const auto ring = std::filesystem::path(config.gateway.runtime_directory) /
                      ("down-" + file_name_of(upstream.name) + ".ring");
    auto inlet = bridge::CommandInlet::open(std::move(options), ring, upstream.name, desk_);
    if (!inlet) return inlet.error();
    inlets_.push_back(std::move(*inlet));
    return {};
}

Result<> Downlink::start()
{
    for (auto& outlet : outlets_) outlet->start();
    for (auto& inlet : inlets_)
        if (auto started = inlet->start(); !started) return started;
    return {};
}

void Downlink::stop()
{
    for (auto& inlet : inlets_) inlet->stop();
    for (auto& outlet : outlets_) outlet->stop();
}

}  // namespace tidegate::gateway

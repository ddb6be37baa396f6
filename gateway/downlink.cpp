#include "gateway/downlink.hpp"

#include "bridge/topic_level.hpp"
#include "gateway/config/changes.hpp"
#include "gateway/config/secrets.hpp"
#include "gateway/endpoint.hpp"

#include <algorithm>
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

}  // namespace

Downlink::Downlink(const Config& config, bridge::SessionBook& sessions)
    : runtime_directory_(config.gateway.runtime_directory),
      sessions_(sessions),
      book_(config.gateway.state_directory),
      desk_(book_, rules_of(config))
{
}

Result<Downlink::Way> Downlink::way_to(const BrokerConfig& broker)
{
    Way way{"broker " + broker.name, fingerprint(broker)};
    if (is_there(way)) return way;
    auto endpoint = endpoint_of(broker, "commands");
    if (!endpoint) return endpoint.error();
    auto outlet = bridge::CommandOutlet::to_broker(std::move(*endpoint), broker.name, desk_);
    if (!outlet) return outlet.error();
    way.fresh = true;
    way.outlet = std::move(*outlet);
    return way;
}

Result<Downlink::Way> Downlink::way_from(const Config& config, const UpstreamConfig& upstream)
{
    const auto topic = bridge::own_topic(upstream.down, config.gateway.id);
    auto password = secret_of(upstream.password_file);
    if (!password) return password.error();
    Way way{"upstream " + upstream.name, fingerprint(upstream)};
    if (is_there(way)) return way;
    const auto client_id = fmt::format("tidegate-{}-{}", config.gateway.id, upstream.name);

    auto outlet =
        bridge::CommandOutlet::to_upstream(endpoint_of(upstream, client_id + "-result", *password),
                                           {upstream.name, topic + "/result", config.gateway.id}, desk_);
    if (!outlet) return outlet.error();
    way.fresh = true;
    way.outlet = std::move(*outlet);

    auto& options = way.from.emplace();
    options.broker = endpoint_of(upstream, client_id + "-down", std::move(*password));
    options.filters = {bridge::Subscription(topic)};
    options.session_expiry = longest_away;
    options.sessions = &sessions_;
    return way;
}

bool Downlink::is_there(const Way& way) const
{
    const auto known = std::ranges::find(ways_, way.name, &Way::name);
    return known != ways_.end() && known->fingerprint == way.fingerprint;
}

std::vector<Error> Downlink::prepare(const Config& config)
{
    std::vector<Error> wrong;
    wanted_.clear();
    rules_ = rules_of(config);
    const auto want = [&](const char* what, const std::string& name, Result<Way> way) {
        if (way)
            wanted_.push_back(std::move(*way));
        else
            wrong.push_back({way.error().kind, fmt::format("{} {}: {}", what, name, way.error().what)});
    };
    if (!config.commands.allow.empty())
        for (const auto& broker : config.brokers) want("broker", broker.name, way_to(broker));
    for (const auto& upstream : config.upstreams)
        if (!upstream.down.empty()) want("upstream", upstream.name, way_from(config, upstream));
    return wrong;
}

bool Downlink::stays(const Way& way) const
{
    const auto same = std::ranges::find(wanted_, way.name, &Way::name);
    return same != wanted_.end() && !same->fresh;
}

void Downlink::part()
{
    desk_.set_rules(std::move(rules_));
    for (auto& way : ways_) {
        if (stays(way)) continue;
        way.outlet->stop();
        std::unique_ptr<bridge::CommandInlet> inlet;
        {
            const std::scoped_lock lock(mutex_);
            inlet = std::move(way.inlet);
        }
        inlet.reset();  // and the lock on its ring, which the next one of its name opens
    }
    desk_.end_orphans();
}

Result<> Downlink::apply()
{
    {
        const std::scoped_lock lock(mutex_);
        for (auto& way : wanted_)
            if (!way.fresh) way = std::move(*std::ranges::find(ways_, way.name, &Way::name));
        ways_.swap(wanted_);
    }
    Result<> done;
    for (auto& way : ways_) {
        if (!std::exchange(way.fresh, false)) continue;
        way.outlet->start();
        if (!way.from) continue;
        const auto opened = open_inlet(way);
        if (opened) continue;
        way.fingerprint.clear();  // to be made anew
        done = Error{opened.error().kind, fmt::format("{}: {}", way.name, opened.error().what)};
    }
    return done;
}

void Downlink::discard()
{
    wanted_.clear();
}

Result<> Downlink::open_inlet(Way& way)
{
    const auto upstream = way.name.substr(way.name.find(' ') + 1);
    const auto ring = runtime_directory_ / ("down-" + file_name_of(upstream) + ".ring");
    auto inlet = bridge::CommandInlet::open(*way.from, ring, upstream, desk_);
    if (!inlet) return inlet.error();
    {
        const std::scoped_lock lock(mutex_);
        way.inlet = std::move(*inlet);
    }
    return way.inlet->start();
}

void Downlink::stop()
{
    for (auto& way : ways_)
        if (way.inlet) way.inlet->stop();
    for (auto& way : ways_) way.outlet->stop();
}

std::vector<web::CommandLinkFacts> Downlink::links() const
{
    const std::scoped_lock lock(mutex_);
    std::vector<web::CommandLinkFacts> links;
    for (const auto& way : ways_) {
        const bool upstream = way.from.has_value();
        const auto name = way.name.substr(way.name.find(' ') + 1);
        const auto out = way.outlet->status();
        links.push_back({name, upstream ? "results" : "to_devices", out.up, out.since_ms, out.why});
        if (!way.inlet) continue;
        const auto in = way.inlet->status();
        links.push_back({name, "from_upstream", in.connected, in.since_ms, in.why});
    }
    return links;
}

}  // namespace tidegate::gateway

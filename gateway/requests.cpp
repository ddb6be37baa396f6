#include "gateway/requests.hpp"

#include "base/topic_filter.hpp"
#include "gateway/config/changes.hpp"
#include "gateway/endpoint.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace tidegate::gateway {

namespace {

// All that decoders may have published. It is checked here again, since foreign bytes lead to it.
constexpr std::array allowed = {"spBv1.0/+/NCMD/+", "R/+/keepalive"};

}  // namespace

Requests::Requests(std::function<bool(const std::string&)> listening) : listening_(std::move(listening)) {}

Result<Requests::Broker> Requests::broker_of(const BrokerConfig& broker) const
{
    Broker parts{broker.name, fingerprint(broker)};
    if (is_there(parts)) return parts;
    parts.fresh = true;
    if (broker.requests) {
        auto endpoint = endpoint_of(broker, "requests");
        if (!endpoint) return endpoint.error();
        auto outlet = bridge::RequestOutlet::open(std::move(*endpoint), broker.name);
        if (!outlet) return outlet.error();
        parts.outlet = std::move(*outlet);
    }
    if (!broker.sparkplug_host.empty()) {
        auto endpoint = endpoint_of(broker, "sparkplug-host");
        if (!endpoint) return endpoint.error();
        auto host = bridge::SparkplugHost::open(std::move(*endpoint), broker.name, broker.sparkplug_host,
                                                [this, name = broker.name] { return listening_(name); });
        if (!host) return host.error();
        parts.host = std::move(*host);
    }
    return parts;
}

bool Requests::is_there(const Broker& broker) const
{
    const auto known = std::ranges::find(brokers_, broker.name, &Broker::name);
    return known != brokers_.end() && known->fingerprint == broker.fingerprint;
}

bool Requests::stays(const Broker& broker) const
{
    const auto same = std::ranges::find(wanted_, broker.name, &Broker::name);
    return same != wanted_.end() && !same->fresh;
}

std::vector<Error> Requests::prepare(const Config& config)
{
    std::vector<Error> wrong;
    wanted_.clear();
    for (const auto& broker : config.brokers) {
        auto parts = broker_of(broker);
        if (parts)
            wanted_.push_back(std::move(*parts));
        else
            wrong.push_back(
                {parts.error().kind, fmt::format("broker {}: {}", broker.name, parts.error().what)});
    }
    return wrong;
}

void Requests::part()
{
    for (auto& broker : brokers_) {
        if (stays(broker)) continue;
        if (broker.host) broker.host->stop();
        if (broker.outlet) broker.outlet->stop();
    }
}

void Requests::apply()
{
    {
        const std::scoped_lock lock(mutex_);
        for (auto& broker : wanted_)
            if (!broker.fresh) broker = std::move(*std::ranges::find(brokers_, broker.name, &Broker::name));
        brokers_.swap(wanted_);
    }
    for (auto& broker : brokers_) {
        if (!std::exchange(broker.fresh, false)) continue;
        if (broker.outlet) broker.outlet->start();
        if (broker.host) broker.host->start();
    }
}

void Requests::discard()
{
    wanted_.clear();
}

void Requests::stop()
{
    for (auto& broker : brokers_) {
        if (broker.host) broker.host->stop();
        if (broker.outlet) broker.outlet->stop();
    }
}

void Requests::publish(const std::string& broker, const Request& request)
{
    const std::scoped_lock lock(mutex_);
    const auto found = std::ranges::find(brokers_, broker, &Broker::name);
    if (found == brokers_.end()) return;  // a ring that an earlier configuration left
    auto& outlet = found->outlet;
    const bool known =
        std::ranges::any_of(allowed, [&](const auto* filter) { return matches(filter, request.topic); });
    if (outlet && known) outlet->ask(request.topic, request.payload);
}

std::vector<RequestFacts> Requests::facts() const
{
    const std::scoped_lock lock(mutex_);
    std::vector<RequestFacts> facts;
    for (const auto& broker : brokers_) {
        const auto status = broker.outlet ? broker.outlet->status() : bridge::RequestOutlet::Status{};
        facts.push_back({broker.name, broker.outlet != nullptr, status.sent, status.dropped,
                         broker.host != nullptr, broker.host && broker.host->online()});
    }
    return facts;
}

}  // namespace tidegate::gateway

#include "gateway/requests.hpp"

#include "base/topic_filter.hpp"
#include "gateway/broker_endpoint.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace tidegate::gateway {

namespace {

// All that decoders may have published. It is checked here again, since foreign bytes lead to it.
constexpr std::array allowed = {"spBv1.0/+/NCMD/+", "R/+/keepalive"};

}  // namespace

Result<std::unique_ptr<Requests>> Requests::open(const Config& config,
                                                 const std::function<bool(const std::string&)>& listening)
{
    auto made = std::make_unique<Requests>();
    for (const auto& broker : config.brokers) {
        auto& parts = made->brokers_.emplace_back(Broker{broker.name, nullptr, nullptr});
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
            auto host =
                bridge::SparkplugHost::open(std::move(*endpoint), broker.name, broker.sparkplug_host,
                                            [listening, name = broker.name] { return listening(name); });
            if (!host) return host.error();
            parts.host = std::move(*host);
        }
    }
    return made;
}

void Requests::start()
{
    for (auto& broker : brokers_) {
        if (broker.outlet) broker.outlet->start();
        if (broker.host) broker.host->start();
    }
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
    const auto found = std::ranges::find(brokers_, broker, &Broker::name);
    if (found == brokers_.end()) return;  // a ring that an earlier configuration left
    auto& outlet = found->outlet;
    const bool known =
        std::ranges::any_of(allowed, [&](const auto* filter) { return matches(filter, request.topic); });
    if (outlet && known) outlet->ask(request.topic, request.payload);
}

std::vector<RequestFacts> Requests::facts() const
{
    std::vector<RequestFacts> facts;
    for (const auto& broker : brokers_) {
        const auto status = broker.outlet ? broker.outlet->status() : bridge::RequestOutlet::Status{};
        facts.push_back({broker.name, broker.outlet != nullptr, status.sent, status.dropped,
                         broker.host != nullptr, broker.host && broker.host->online()});
    }
    return facts;
}

}  // namespace tidegate::gateway

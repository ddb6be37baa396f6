#include "gateway/config/validate.hpp"

#include "base/topic_filter.hpp"
#include "bridge/command_desk.hpp"
#include "bridge/mqtt_url.hpp"
#include "bridge/selection.hpp"
#include "bridge/series_pattern.hpp"
#include "bridge/subscription.hpp"
#include "bridge/topic_level.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace tidegate::gateway {

namespace {

class Problems {
public:
    explicit Problems(std::vector<ConfigProblem>& all) : all_(all) {}

    template <class Value>
    void unless(const Result<Value>& good, const std::string& section, const char* key)
    {
        if (!good) add(section, key, good.error().what);
    }
    void add(const std::string& section, const char* key, const std::string& what)
    {
        const auto name = section.substr(0, section.find('.'));
        all_.push_back({section, key, fmt::format("{}.{}: {}", name, key, what)});
    }

private:
    std::vector<ConfigProblem>& all_;
};

// One of the schemes, and a host. Kafka's is shown as it is: without user and password.
void check_url(Problems& problems,
               const std::string& section,
               std::string_view url,
               std::array<std::string_view, 2> schemes)
{
    const auto scheme = url.substr(0, url.find("://"));
    if (scheme.size() == url.size() || std::ranges::find(schemes, scheme) == schemes.end())
        return problems.add(
            section, "url",
            fmt::format("\"{}\" must begin with {}:// or {}://", url, schemes[0], schemes[1]));
    const auto rest = url.substr(scheme.size() + 3);
    const auto host = rest.substr(0, rest.find('/'));
    if (host.empty()) return problems.add(section, "url", fmt::format("\"{}\" names no host", url));
    if (host.find('@') != host.npos && schemes[0] == "kafka")
        problems.add(section, "url",
                     "it has a user or a password in it, which would be shown; there are keys for them");
}

void check_broker(Problems& problems, const BrokerConfig& broker)
{
    const auto section = "broker." + broker.name;
    problems.unless(bridge::parse_mqtt_url(broker.url), section, "url");
    std::vector<bridge::Subscription> filters;
    for (const auto& [filter, qos] : broker.filters)
        filters.emplace_back(filter, static_cast<int>(qos.value_or(broker.qos)));
    problems.unless(bridge::disjoint(filters), section, "filters");
}

void check_sessions(Problems& problems, const std::vector<BrokerConfig>& brokers)
{
    for (auto one = brokers.begin(); one != brokers.end(); ++one)
        for (auto other = brokers.begin(); other != one; ++other)
            if (one->url == other->url && one->client_id == other->client_id)
                problems.add(
                    "broker." + one->name, "client_id",
                    fmt::format("brokers {} and {} have the same url and client_id: they would take the "
                                "session from each other",
                                other->name, one->name));
}

void check_upstream(Problems& problems, const UpstreamConfig& upstream, const std::string& gateway)
{
    const auto section = "upstream." + upstream.name;
    if (upstream.kind == "mqtt")
        problems.unless(bridge::parse_mqtt_url(upstream.url), section, "url");
    else if (upstream.kind == "kafka")
        check_url(problems, section, upstream.url, {"kafka", "kafkas"});
    else
        check_url(problems, section, upstream.url, {"https", "http"});
    problems.unless(bridge::Labels::parse(upstream.rename, {}), section, "rename");
    problems.unless(bridge::Labels::parse({}, upstream.tags), section, "tags");
    problems.unless(bridge::SeriesPattern::parse(upstream.measurement), section, "measurement");
    problems.unless(bridge::Selection::make({upstream.include, {}, {}}), section, "include");
    problems.unless(bridge::Selection::make({{}, upstream.exclude, {}}), section, "exclude");
    if (!upstream.down.empty())
        problems.unless(bridge::check_target(bridge::own_topic(upstream.down, gateway)), section, "down");
}

void check_web(Problems& problems, const WebConfig& web)
{
    boost::system::error_code failed;
    boost::asio::ip::make_address(web.address, failed);
    if (failed) problems.add("web", "address", fmt::format("\"{}\" is no IP address", web.address));
    const bool files = web.tls == "files";
    if (files && web.certificate_file.empty()) problems.add("web", "tls", "\"files\" needs certificate_file");
    if (!files && !web.certificate_file.empty())
        problems.add("web", "certificate_file", "is for tls = \"files\" alone");
    if (!files && web.hsts.count() > 0)
        problems.add(
            "web", "hsts",
            "is for tls = \"files\" alone: a browser that does not trust the certificate and must not "
            "pass over that would be locked out");
}

}  // namespace

std::vector<ConfigProblem> problems_of(const Config& config)
{
    std::vector<ConfigProblem> all;
    Problems problems(all);
    for (const auto& filter : config.commands.allow)
        if (!valid_filter(filter))
            problems.add("commands", "allow", fmt::format("\"{}\" is no topic filter", filter));
    for (const auto& broker : config.brokers) check_broker(problems, broker);
    check_web(problems, config.web);
    check_sessions(problems, config.brokers);
    for (const auto& upstream : config.upstreams) check_upstream(problems, upstream, config.gateway.id);
    return all;
}

}  // namespace tidegate::gateway

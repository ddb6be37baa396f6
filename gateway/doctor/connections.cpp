#include "gateway/doctor/connections.hpp"

#include "bridge/broker_probe.hpp"
#include "bridge/mqtt_url.hpp"
#include "bridge/topic_level.hpp"
#include "gateway/config/secrets.hpp"
#include "gateway/doctor/certificates.hpp"
#include "gateway/endpoint.hpp"
#include "gateway/upstream_sink.hpp"

#include <nlohmann/json.hpp>

#include <ctime>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace tidegate::gateway {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t usual_queue = 1000;  // Mosquitto's max_queued_messages, where nobody set it
constexpr std::uint64_t tried_queue = usual_queue + 200;

const char* to_do_about(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::denied:
        return "look at user, password_file, token_file and certificate_file, and at its access rules";
    case ErrorKind::not_found: return "make it there, or mend its name here";
    case ErrorKind::invalid: return "mend the configuration";
    default: return "is it running, is the address right, and does a firewall stand between?";
    }
}

// What the running gateway says of it; null: nothing.
Json said_of(const Json& running, const char* list, const std::string& id)
{
    if (!running.is_object() || !running.contains(list)) return {};
    for (const auto& one : running.at(list))
        if (one.value("id", "") == id) return one;
    return {};
}

void add(Findings& findings, Findings more)
{
    for (auto& one : more) findings.push_back(std::move(one));
}

Findings tls_of_mqtt(const std::string& area, const auto& section)
{
    const auto url = bridge::parse_mqtt_url(section.url);
    if (!url || !url->tls) return {};
    return check_tls_server({area, url->host, std::to_string(url->port), section.ca_file,
                             section.certificate_file, section.key_file, section.alpn},
                            std::time(nullptr));
}

// Of "https://host:port/path" or "kafkas://host:port,host:port".
Findings tls_of_url(const std::string& area, const UpstreamConfig& upstream)
{
    const bool kafka = upstream.url.starts_with("kafkas://");
    if ((!kafka && !upstream.url.starts_with("https://")) || !upstream.proxy.empty()) return {};
    auto rest = upstream.url.substr(upstream.url.find("://") + 3);
    rest = rest.substr(0, rest.find_first_of(",/?"));
    rest = rest.substr(rest.find('@') == rest.npos ? 0 : rest.find('@') + 1);
    const auto colon = rest.rfind(':');
    const bool has_port = colon != rest.npos && rest.find(']', colon) == rest.npos;
    auto host = rest.substr(0, has_port ? colon : rest.npos);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    return check_tls_server({area, host,
                             has_port ? rest.substr(colon + 1)
                             : kafka  ? "9093"
                                      : "443",
                             upstream.ca_file, upstream.certificate_file, upstream.key_file},
                            std::time(nullptr));
}

void judge_queue(Findings& findings, const std::string& area, const bridge::BrokerFound& found)
{
    if (!found.keeps_session) {
        findings.push_back(
            {Verdict::fail, area,
             "it does not keep our session: what comes while the gateway is away is lost",
             "allow persistent sessions (Mosquitto: persistent_client_expiration, max_queued_messages)"});
        return;
    }
    if (found.kept >= found.sent) {
        findings.push_back(
            {Verdict::ok, area,
             fmt::format("keeps our session, and more than {} messages for it", found.sent - 1)});
        return;
    }
    findings.push_back(
        {Verdict::warn, area,
         fmt::format("keeps only {} of {} messages for a client that is away, and says nothing", found.kept,
                     found.sent),
         "install systemd/mosquitto-tidegate.conf (max_queued_messages), or raise that of your broker"});
}

Findings judge(const std::string& area, const BrokerConfig& broker, const bridge::BrokerFound& found)
{
    Findings findings{{Verdict::ok, area,
                       fmt::format("{}, MQTT {}{}", broker.url, found.mqtt == 5 ? "5" : "3.1.1",
                                   found.version.empty() ? "" : ", " + found.version)}};
    if (found.anonymous)
        findings.push_back({Verdict::warn, area, "it lets in anybody, also without a user and a password",
                            "allow_anonymous false, for all listeners that others can reach"});
    if (!found.may_subscribe || !found.may_publish)
        findings.push_back({Verdict::warn, area,
                            "its access rules do not allow tidegate/ID/#: the rest was not tried",
                            "allow it, or set status_topic = \"\" where it must stay so"});
    else if (found.granted_qos < 1 && broker.qos > 0)
        findings.push_back({Verdict::fail, area,
                            "it grants QoS 0 alone: what comes while the gateway is away is lost",
                            "allow QoS 1 (Mosquitto: max_qos)"});
    if (found.sent > 0) judge_queue(findings, area, found);
    return findings;
}

}  // namespace

Findings check_broker(const Config& config, const BrokerConfig& broker, const Json& running)
{
    const auto area = "broker " + broker.name;
    auto findings = tls_of_mqtt(area, broker);
    if (const auto said = said_of(running, "brokers", broker.name);
        said.is_object() && !said.value("up", false))
        findings.push_back({Verdict::warn, area,
                            "the gateway is not connected to it: " + said.value("why", ""),
                            "see what is found below"});
    const auto password = secret_of(broker.password_file);
    if (!password) return findings;  // that is said of the files
    const auto topic = fmt::format("tidegate/{}/doctor", bridge::topic_level(config.gateway.id));
    const auto found = bridge::probe_broker(endpoint_of(broker, broker.client_id + "-doctor", *password),
                                            topic, tried_queue);
    if (found)
        add(findings, judge(area, broker, *found));
    else
        findings.push_back({Verdict::fail, area, found.error().what, to_do_about(found.error().kind)});
    return findings;
}

Findings check_upstream(const Config& config, const UpstreamConfig& upstream, const Json& running)
{
    const auto area = "upstream " + upstream.name;
    auto findings = upstream.kind == "mqtt" ? tls_of_mqtt(area, upstream) : tls_of_url(area, upstream);
    const auto said = said_of(running, "up", upstream.name);
    const auto waiting = said.is_object() ? said.value("queued", std::uint64_t{0}) : 0;
    if (said.is_object() && said.value("up", false)) {
        findings.push_back(
            {Verdict::ok, area, fmt::format("{}: acknowledges; {} readings wait", upstream.url, waiting)});
        return findings;
    }
    if (const auto reached = reach_upstream(upstream, config.gateway.id); !reached)
        findings.push_back({Verdict::fail, area, reached.error().what, to_do_about(reached.error().kind)});
    else if (said.is_object() && !said.value("why", "").empty())
        findings.push_back({Verdict::warn, area,
                            "it is there, but the gateway says: " + said.value("why", ""),
                            "what it does not take is in GET /api/v1/upstreams/NAME/dead"});
    else
        findings.push_back({Verdict::ok, area, upstream.url + ": is there; nothing was delivered"});
    return findings;
}

}  // namespace tidegate::gateway

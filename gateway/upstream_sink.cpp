#include "gateway/upstream_sink.hpp"

#include "bridge/broker_probe.hpp"
#include "bridge/https_sink.hpp"
#include "bridge/influx_sink.hpp"
#include "bridge/kafka_sink.hpp"
#include "bridge/mqtt_sink.hpp"
#include "gateway/config/secrets.hpp"
#include "gateway/endpoint.hpp"

#include <fmt/format.h>
#include <utility>

namespace tidegate::gateway {

namespace {

using MadeSink = Result<std::unique_ptr<bridge::Sink>>;

// What is the same for all kinds, read and checked.
struct Common {
    std::string password, token;
    bridge::Labels labels;
};

Result<Common> common_of(const UpstreamConfig& upstream)
{
    auto password = secret_of(upstream.password_file);
    if (!password) return password.error();
    auto token = secret_of(upstream.token_file);
    if (!token) return token.error();
    auto labels = bridge::Labels::parse(upstream.rename, upstream.tags);
    if (!labels) return labels.error();
    return Common{std::move(*password), std::move(*token), std::move(*labels)};
}

bridge::PayloadRules payload_of(const UpstreamConfig& upstream, Common& common)
{
    auto format = bridge::PayloadFormat::json;
    if (upstream.payload == "cbor") format = bridge::PayloadFormat::cbor;
    if (upstream.payload == "senml") format = bridge::PayloadFormat::senml;
    return {format, std::move(common.labels)};
}

bridge::Compression compression_of(const UpstreamConfig& upstream)
{
    if (upstream.compression == "zstd") return bridge::Compression::zstd;
    return upstream.compression == "none" ? bridge::Compression::none : bridge::Compression::gzip;
}

template <class Sink>
MadeSink as_sink(Result<std::unique_ptr<Sink>> made)
{
    if (!made) return made.error();
    return std::unique_ptr<bridge::Sink>(std::move(*made));
}

MadeSink mqtt_sink(const UpstreamConfig& upstream, Common common, const std::string& gateway)
{
    const auto client_id = fmt::format("tidegate-{}-{}", gateway, upstream.name);
    bridge::MqttSinkOptions options{.broker = endpoint_of(upstream, client_id, std::move(common.password)),
                                    .mirror = upstream.mode == "mirror",
                                    .payload = payload_of(upstream, common),
                                    .in_flight = static_cast<std::size_t>(upstream.in_flight)};
    return as_sink(bridge::MqttSink::make(std::move(options)));
}

bridge::HttpPostOptions http_of(const UpstreamConfig& upstream, const Common& common)
{
    return {.url = upstream.url,
            .user = upstream.user,
            .password = common.password,
            .ca_file = upstream.ca_file,
            .certificate_file = upstream.certificate_file,
            .key_file = upstream.key_file,
            .proxy = upstream.proxy};
}

MadeSink https_sink(const UpstreamConfig& upstream, Common common)
{
    auto http = http_of(upstream, common);
    return as_sink(
        bridge::HttpsSink::make({std::move(http), std::move(common.token), payload_of(upstream, common),
                                 compression_of(upstream), static_cast<std::size_t>(upstream.in_flight)}));
}

Result<bridge::InfluxSinkOptions> influx_options(const UpstreamConfig& upstream, Common common)
{
    auto measurement = bridge::SeriesPattern::parse(upstream.measurement);
    if (!measurement) return measurement.error();
    bridge::InfluxSinkOptions options;
    options.http = http_of(upstream, common);
    options.database = upstream.database;
    options.retention_policy = upstream.retention_policy;
    options.org = upstream.org;
    options.bucket = upstream.bucket;
    options.token = std::move(common.token);
    options.rules = {std::move(*measurement), std::move(common.labels), upstream.integers == "integer"};
    options.in_flight = static_cast<std::size_t>(upstream.in_flight);
    return options;
}

MadeSink influx_sink(const UpstreamConfig& upstream, Common common)
{
    auto options = influx_options(upstream, std::move(common));
    if (!options) return options.error();
    return as_sink(bridge::InfluxSink::make(std::move(*options)));
}

Result<std::unique_ptr<bridge::KafkaSink>> kafka_of(const UpstreamConfig& upstream,
                                                    Common common,
                                                    const std::string& gateway)
{
    return bridge::KafkaSink::make({.url = upstream.url,
                                    .topic = upstream.topic,
                                    .client_id = fmt::format("tidegate-{}-{}", gateway, upstream.name),
                                    .whole_batches = upstream.record == "batch",
                                    .payload = payload_of(upstream, common),
                                    .user = upstream.user,
                                    .password = std::move(common.password),
                                    .mechanism = upstream.sasl,
                                    .ca_file = upstream.ca_file,
                                    .certificate_file = upstream.certificate_file,
                                    .key_file = upstream.key_file});
}

// An answer to a request that delivers nothing: whatever it is, the server is there, and knows us or does
// not.
Result<> is_there(const bridge::HttpAnswer& answer, const std::string& url)
{
    if (answer.status == 401 || answer.status == 403)
        return Error{ErrorKind::denied,
                     fmt::format("{} answers {}: it does not take our credentials", url, answer.status)};
    if (answer.status == 404)
        return Error{ErrorKind::not_found,
                     fmt::format("{} answers 404: {}", url, answer.body.substr(0, 100))};
    if (answer.status >= 500)
        return Error{ErrorKind::unavailable, fmt::format("{} answers {}", url, answer.status)};
    return {};
}

// A write without a point: InfluxDB looks for credentials and database all the same.
Result<> reach_influx(const UpstreamConfig& upstream, const Common& common)
{
    auto options = influx_options(upstream, common);
    if (!options) return options.error();
    auto post = bridge::InfluxSink::writer(std::move(*options));
    if (!post) return post.error();
    const auto answer = post->post.post({"", post->headers}, {});
    if (!answer) return answer.error();
    return is_there(*answer, post->post.url());
}

Result<> reach_https(const UpstreamConfig& upstream, const Common& common)
{
    auto options = http_of(upstream, common);
    options.method = "OPTIONS";
    options.answered_within = std::chrono::seconds(10);
    auto post = bridge::HttpPost::make(std::move(options));
    if (!post) return post.error();
    std::vector<std::string> headers;
    if (!common.token.empty()) headers.push_back("Authorization: Bearer " + common.token);
    const auto answer = post->post({"", headers}, {});
    if (!answer) return answer.error();
    return is_there(*answer, post->url());
}

Result<> reach_mqtt(const UpstreamConfig& upstream, const Common& common, const std::string& gateway)
{
    return bridge::reach_broker(
        endpoint_of(upstream, fmt::format("tidegate-{}-{}-doctor", gateway, upstream.name), common.password));
}

}  // namespace

MadeSink make_sink(const UpstreamConfig& upstream, const std::string& gateway)
{
    auto common = common_of(upstream);
    if (!common) return common.error();
    if (upstream.kind == "mqtt") return mqtt_sink(upstream, std::move(*common), gateway);
    if (upstream.kind == "influxdb") return influx_sink(upstream, std::move(*common));
    if (upstream.kind == "kafka") return as_sink(kafka_of(upstream, std::move(*common), gateway));
    return https_sink(upstream, std::move(*common));
}

Result<> reach_upstream(const UpstreamConfig& upstream, const std::string& gateway)
{
    constexpr auto within = std::chrono::seconds(8);
    auto common = common_of(upstream);
    if (!common) return common.error();
    if (upstream.kind == "mqtt") return reach_mqtt(upstream, *common, gateway);
    if (upstream.kind == "influxdb") return reach_influx(upstream, *common);
    if (upstream.kind == "https") return reach_https(upstream, *common);
    auto kafka = kafka_of(upstream, std::move(*common), gateway + "-doctor");
    if (!kafka) return kafka.error();
    return (*kafka)->reach(within);
}

}  // namespace tidegate::gateway

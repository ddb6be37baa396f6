#include "gateway/upstream_sink.hpp"

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

MadeSink influx_sink(const UpstreamConfig& upstream, Common common)
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
    return as_sink(bridge::InfluxSink::make(std::move(options)));
}

MadeSink kafka_sink(const UpstreamConfig& upstream, Common common, const std::string& gateway)
{
    return as_sink(
        bridge::KafkaSink::make({.url = upstream.url,
                                 .topic = upstream.topic,
                                 .client_id = fmt::format("tidegate-{}-{}", gateway, upstream.name),
                                 .whole_batches = upstream.record == "batch",
                                 .payload = payload_of(upstream, common),
                                 .user = upstream.user,
                                 .password = std::move(common.password),
                                 .mechanism = upstream.sasl,
                                 .ca_file = upstream.ca_file,
                                 .certificate_file = upstream.certificate_file,
                                 .key_file = upstream.key_file}));
}

}  // namespace

MadeSink make_sink(const UpstreamConfig& upstream, const std::string& gateway)
{
    auto common = common_of(upstream);
    if (!common) return common.error();
    if (upstream.kind == "mqtt") return mqtt_sink(upstream, std::move(*common), gateway);
    if (upstream.kind == "influxdb") return influx_sink(upstream, std::move(*common));
    if (upstream.kind == "kafka") return kafka_sink(upstream, std::move(*common), gateway);
    return https_sink(upstream, std::move(*common));
}

}  // namespace tidegate::gateway

#pragma once

#include "gateway/rules/alarm_setting.hpp"
#include "gateway/rules/rule.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The whole configuration as plain values; the defaults here are the defaults there are
// (docs/configuration.md).
namespace tidegate::gateway {

struct Bytes {
    std::uint64_t count = 0;
    bool operator==(const Bytes&) const = default;
};

struct GatewayConfig {
    std::string id;  // filled with the host's name when it is not set
    std::string state_directory;
    std::string runtime_directory;
};

struct FilterConfig {
    std::string filter;
    std::optional<std::int64_t> qos{};  // none: the broker's
    bool operator==(const FilterConfig&) const = default;
};

struct BrokerConfig {
    std::string name = "broker";
    std::string url = "mqtt://localhost:1883";
    std::vector<FilterConfig> filters{{"#"}};
    std::int64_t qos = 1;
    std::int64_t version = 5;
    std::string client_id;  // filled with "tidegate-ID", or "tidegate-ID-NAME" when it has a name of its own
    std::string user, password_file, ca_file, certificate_file, key_file, alpn;
    std::chrono::milliseconds session_expiry = std::chrono::days(7);
    std::chrono::milliseconds keep_alive = std::chrono::seconds(10);
    std::string status_topic = "tidegate/{gateway}/status";
    bool requests = true;
    std::string sparkplug_host;
};

struct LimitsConfig {
    Bytes payload{1024UL * 1024};
    Bytes text{8UL * 1024};
    std::int64_t depth = 32;
    std::int64_t fields = 1000;
    std::int64_t series = 10'000;
    std::int64_t metadata = 100'000;
    Bytes ring{16UL * 1024 * 1024};
};

struct StoreConfig {
    std::chrono::milliseconds commit{1000};
    std::string durability = "timed";
    std::chrono::milliseconds sync{1000};
    Bytes buffer{64ULL * 1024 * 1024};
    Bytes history{4096ULL * 1024 * 1024};
    std::chrono::milliseconds history_age = std::chrono::days(400);
    Bytes free{128ULL * 1024 * 1024};
    Bytes card_endurance{0};
};

struct WebConfig {
    std::string address = "127.0.0.1";
    std::int64_t port = 8080;
    std::string root;
    std::chrono::milliseconds live_interval{100};
    Bytes live_compression{2UL * 1024 * 1024};
    std::string tls = "auto";
    std::string certificate_file, key_file;
    std::vector<std::string> names;
    std::chrono::milliseconds hsts{0};
    bool accounts = true;
    std::chrono::milliseconds session_idle = std::chrono::hours(12), session_longest = std::chrono::days(30);
};

struct WebLimitsConfig {
    std::int64_t connections = 1024, connections_each = 64, live = 768, requests_each = 1000;
    Bytes head{8UL * 1024}, target{2UL * 1024}, body{64UL * 1024}, live_message{16UL * 1024};
    Bytes post{1024UL * 1024};
    std::int64_t fields = 64;
    std::int64_t live_rate = 20, live_burst = 40;
    std::int64_t queries = 32, logins = 8, exports = 2, sessions_each = 10;
    std::chrono::milliseconds hello_time = std::chrono::seconds(10), slow_time = std::chrono::seconds(30);
    std::chrono::milliseconds head_time = std::chrono::seconds(10);
    std::chrono::milliseconds body_time = std::chrono::seconds(30);
    std::chrono::milliseconds idle_time = std::chrono::seconds(60);
    std::chrono::milliseconds write_time = std::chrono::seconds(60);
    std::int64_t address_rate = 200, address_burst = 2000;
    std::int64_t identity_rate = 200, identity_burst = 2000;
};

struct JwtConfig {
    std::vector<std::string> algorithms, key_files;
    std::string secret_file, issuer, audience;
    std::chrono::milliseconds longest = std::chrono::hours(1), leeway = std::chrono::seconds(30);
    std::string role = "role", read = "read", write = "write";
};

struct CommandsConfig {
    std::vector<std::string> allow;
    Bytes payload{16UL * 1024};
    std::chrono::milliseconds expiry = std::chrono::minutes(1);
    std::string clock = "synchronised";
};

struct UpstreamConfig {
    std::string name, kind, url;
    std::string user, password_file, token_file, ca_file, certificate_file, key_file;
    std::string mode = "batch";
    std::string down, proxy, alpn;
    std::int64_t batch = 500, in_flight = 8;
    std::int64_t backlog_records = 0;  // a second; 0: no bound
    Bytes backlog_bytes{0};            // a second; 0: no bound
    Bytes bytes_per_hour{0}, bytes_per_day{0};
    std::vector<std::string> include, exclude, devices;
    std::string send = "both";
    std::string rename;
    std::vector<std::string> tags;
    std::string payload = "json";
    std::string compression = "gzip";
    std::string topic = "tidegate", record = "reading", sasl = "PLAIN";
    std::string database, retention_policy, org, bucket;
    std::string measurement = "{topic}";
    std::string integers = "float";
};

struct Config {
    GatewayConfig gateway;
    LimitsConfig limits;
    StoreConfig store;
    WebConfig web;
    WebLimitsConfig web_limits;
    JwtConfig web_jwt;
    CommandsConfig commands;
    std::vector<BrokerConfig> brokers;  // one with all defaults where none is written
    std::vector<UpstreamConfig> upstreams;
    std::vector<Rule> rules;           // in the order in which they were read
    std::vector<AlarmSetting> alarms;  // likewise
};

}  // namespace tidegate::gateway

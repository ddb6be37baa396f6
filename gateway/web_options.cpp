#include "gateway/web_options.hpp"

#include "base/log.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

// So many descriptors it may have at a time. Those of a connection's cost are asked for: systemd's soft limit
// is 1024, of history.
std::size_t descriptors(std::size_t wanted)
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
    if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur;
}

}  // namespace

bool listens_on_loopback(const WebConfig& web)
{
    boost::system::error_code failed;
    const auto address = boost::asio::ip::make_address(web.address, failed);
    return !failed && address.is_loopback();
}

std::optional<web::TlsOptions> tls_options(const Config& config)
{
    const auto& web = config.web;
    if (web.tls == "off" || (web.tls == "auto" && listens_on_loopback(web))) return std::nullopt;
    web::TlsOptions options;
    options.directory = std::filesystem::path(config.gateway.state_directory) / "tls";
    options.names = web.names;
    if (web.tls == "files") {
        options.certificate_file = web.certificate_file;
        options.key_file = web.key_file;
    }
    return options;
}

std::string dashboard_url(const Config& config, std::uint16_t port)
{
    boost::system::error_code none;  // the configuration has been checked
    const auto address = boost::asio::ip::make_address(config.web.address, none);
    auto host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    if (address.is_unspecified()) host = boost::asio::ip::host_name(none);
    return fmt::format("{}://{}:{}", tls_options(config) ? "https" : "http", host, port);
}

web::Limits web_limits(const Config& config)
{
    const auto& given = config.web_limits;
    const auto size = [](std::int64_t count) { return static_cast<std::size_t>(count); };
    web::Limits limits;
    limits.request = {given.head.count, size(given.fields), given.target.count, given.body.count,
                      given.post.count};
    limits.connections_each = size(given.connections_each);
    limits.live = {size(given.live), static_cast<double>(given.live_rate),
                   static_cast<double>(given.live_burst), given.hello_time, given.slow_time};
    limits.queries = size(given.queries);
    limits.logins = size(given.logins);
    limits.exports = size(given.exports);
    limits.live_message = given.live_message.count;
    limits.requests_each = size(given.requests_each);
    limits.head_time = given.head_time;
    limits.body_time = given.body_time;
    limits.idle_time = given.idle_time;
    limits.write_time = given.write_time;
    limits.address_rate = static_cast<double>(given.address_rate);
    limits.address_burst = static_cast<double>(given.address_burst);
    limits.identity_rate = static_cast<double>(given.identity_rate);
    limits.identity_burst = static_cast<double>(given.identity_burst);

    constexpr std::size_t others = 128, each = 8, least = 8;
    const auto kept = others + each * (config.brokers.size() + config.upstreams.size());
    const auto wanted = size(given.connections);
    const auto there = descriptors(wanted + wanted / web::turned_away_share + kept);
    limits.connections = std::min(wanted, std::max(least, there > kept ? there - kept : 0));
    if (limits.connections < wanted)
        log::warning(
            "web_connections asked={} given={} why=\"the process may have {} descriptors "
            "(LimitNOFILE)\"",
            wanted, limits.connections, there);
    return limits;
}

web::ServerOptions web_options(const Config& config)
{
    web::ServerOptions options;
    options.address = config.web.address;
    options.port = static_cast<std::uint16_t>(config.web.port);
    options.web_root = config.web.root;
    options.limits = web_limits(config);
    options.tls = tls_options(config);
    options.hsts = std::chrono::duration_cast<std::chrono::seconds>(config.web.hsts);
    options.names = config.web.names;
    options.live_interval_ms = config.web.live_interval.count();
    options.live_compression = config.web.live_compression.count;
    return options;
}

}  // namespace tidegate::gateway

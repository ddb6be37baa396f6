#pragma once

#include "gateway/config/config.hpp"
#include "web/server/server.hpp"

namespace tidegate::gateway {

// What the web server is made of, as configured.
web::ServerOptions web_options(const Config& config);

// At most as many connections as leave descriptors for the store, the brokers and the upstreams; raises the
// process's soft limit for them where the hard one lets it.
web::Limits web_limits(const Config& config);

bool listens_on_loopback(const WebConfig& web);

// What a browser is given: the machine's name where it listens on all of its addresses.
std::string dashboard_url(const Config& config, std::uint16_t port);

// Where an own certificate is kept, or the files that it comes from; none: plain HTTP.
std::optional<web::TlsOptions> tls_options(const Config& config);

}  // namespace tidegate::gateway

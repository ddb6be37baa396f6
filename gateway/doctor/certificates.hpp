#pragma once

#include "gateway/config/config.hpp"
#include "gateway/doctor/finding.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace tidegate::gateway {

// Ours, as configured: they can be read, none is over or will be soon, and a key fits its certificate. Files'
// names are resolved (secrets.hpp). `now_s`: Unix time.
Findings check_certificates(const Config& config, std::int64_t now_s);

// Of a server that speaks TLS: whether its chain is trusted, and until when it holds. Connects, says nothing,
// and goes; within some 10 s.
struct TlsServer {
    std::string area, host, port, ca_file{}, certificate_file{}, key_file{}, alpn{};
};
Findings check_tls_server(const TlsServer& server, std::int64_t now_s);

}  // namespace tidegate::gateway

#include "gateway/doctor/certificates.hpp"

#include "base/whole_file.hpp"
#include "gateway/web_options.hpp"
#include "web/tls/certificate.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <optional>
#include <vector>

namespace tidegate::gateway {

namespace {

constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t soon_s = 30 * day_s;

// Of one that cannot be read nothing, which has no certificate either.
std::string text_of(const std::string& file)
{
    auto text = read_whole_file(file);
    return text ? std::move(*text) : std::string();
}

std::string date(std::int64_t time_s)
{
    const std::time_t time = time_s;
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

Finding judge_end(const std::string& area, const std::string& what, std::int64_t end_s, std::int64_t now_s)
{
    if (end_s <= now_s)
        return {Verdict::fail, area, fmt::format("{} ended on {}", what, date(end_s)),
                "renew it, then systemctl reload tidegate"};
    if (end_s - now_s < soon_s)
        return {Verdict::warn, area,
                fmt::format("{} ends in {} days, on {}", what, (end_s - now_s) / day_s, date(end_s)),
                "renew it, then systemctl reload tidegate"};
    return {Verdict::ok, area, fmt::format("{} holds until {}", what, date(end_s))};
}

// Of several the one that ends first.
Finding judge_file(const std::string& area, const std::string& file, std::int64_t now_s)
{
    const auto found = web::certificates_in(text_of(file));
    if (found.empty())
        return {Verdict::fail, area, file + ": no certificate (PEM) can be read from it",
                "is it there, and may the gateway's user read it?"};
    auto end = web::end_of(*found.front());
    for (const auto& one : found) end = std::min(end, web::end_of(*one));
    return judge_end(area, file, end, now_s);
}

std::optional<Finding> judge_key(const std::string& area,
                                 const std::string& certificate_file,
                                 const std::string& key_file)
{
    const auto certificates = web::certificates_in(text_of(certificate_file));
    if (certificates.empty()) return std::nullopt;
    const auto& file = key_file.empty() ? certificate_file : key_file;
    const auto key = web::key_in(text_of(file));
    if (!key)
        return Finding{Verdict::fail, area,
                       file + ": no private key (PEM, without a password) can be read from it",
                       "set key_file"};
    if (web::is_key_of(key, *certificates.front())) return std::nullopt;
    return Finding{Verdict::fail, area, fmt::format("{} is not the key of {}", file, certificate_file),
                   "they have to be made together: look at both files' dates"};
}

template <class Section>
void check_section(Findings& findings, const std::string& area, const Section& section, std::int64_t now_s)
{
    if (!section.ca_file.empty()) findings.push_back(judge_file(area, section.ca_file, now_s));
    if (section.certificate_file.empty()) return;
    findings.push_back(judge_file(area, section.certificate_file, now_s));
    if (auto wrong = judge_key(area, section.certificate_file, section.key_file))
        findings.push_back(std::move(*wrong));
}

std::string listed(const web::Names& names)
{
    auto all = names.hosts;
    all.insert(all.end(), names.addresses.begin(), names.addresses.end());
    return fmt::format("{}", fmt::join(all, ", "));
}

// The web server's own: what it is known by, and what its authority was not made for.
Findings judge_own(const web::TlsOptions& options, std::int64_t now_s)
{
    const auto own = web::look_at_own(options);
    if (!own) {
        if (own.error().kind == ErrorKind::not_found)
            return {{Verdict::ok, "web", "has no certificate yet: the gateway makes one at its start"}};
        return {{Verdict::fail, "web", own.error().what,
                 "run doctor as the gateway's user; what is damaged is made again at the next start"}};
    }
    // The gateway renews it by itself with a third of its life to go.
    Findings findings{judge_end("web", "the web server's certificate", own->ends_s, now_s)};
    if (findings.back().verdict != Verdict::ok)
        findings.back().advice = "the running gateway should have renewed it: look at its journal";
    findings.push_back({Verdict::ok, "web",
                        fmt::format("its authority (SHA-256 {}) holds until {}", own->fingerprint,
                                    date(own->authority_ends_s))});
    if (!(own->left_out == web::Names{}))
        findings.push_back(
            {Verdict::warn, "web",
             "the certificate does not name " + listed(own->left_out) +
                 ": its authority was made for other names",
             "ask for another of its names; or remove the folder tls in the state directory, restart, "
             "and have browsers trust the new /ca.crt"});
    return findings;
}

std::string openssl_says()
{
    const auto code = ::ERR_get_error();
    ::ERR_clear_error();
    const char* reason = code == 0 ? nullptr : ::ERR_reason_error_string(code);
    return reason == nullptr ? "the connection was closed" : reason;
}

web::TlsContext context_for(const TlsServer& server)
{
    web::TlsContext context(::SSL_CTX_new(::TLS_client_method()));
    if (!context) return context;
    if (server.ca_file.empty())
        ::SSL_CTX_set_default_verify_paths(context.get());
    else
        ::SSL_CTX_load_verify_locations(context.get(), server.ca_file.c_str(), nullptr);
    if (!server.certificate_file.empty()) {
        const auto& key = server.key_file.empty() ? server.certificate_file : server.key_file;
        ::SSL_CTX_use_certificate_chain_file(context.get(), server.certificate_file.c_str());
        ::SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM);
    }
    ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);  // what is wrong is said below
    ::ERR_clear_error();
    return context;
}

Findings judge_chain(const TlsServer& server, SSL& connection, std::int64_t now_s)
{
    if (const auto wrong = ::SSL_get_verify_result(&connection); wrong != X509_V_OK)
        return {{Verdict::fail, server.area,
                 fmt::format("the certificate of {} is not trusted: {}", server.host,
                             ::X509_verify_cert_error_string(wrong)),
                 "set ca_file to the CA that signed it, and compare the host in the URL with the names in "
                 "the certificate"}};
    const auto* chain = ::SSL_get0_verified_chain(&connection);
    std::int64_t end = 0;
    for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
        const auto one = web::end_of(*sk_X509_value(chain, i));
        if (end == 0 || one < end) end = one;
    }
    return {judge_end(server.area, fmt::format("the certificate of {}", server.host), end, now_s)};
}

}  // namespace

Findings check_certificates(const Config& config, std::int64_t now_s)
{
    Findings findings;
    for (const auto& broker : config.brokers) check_section(findings, "broker " + broker.name, broker, now_s);
    for (const auto& upstream : config.upstreams)
        check_section(findings, "upstream " + upstream.name, upstream, now_s);
    if (const auto tls = tls_options(config); !tls) {
        if (!listens_on_loopback(config.web))
            findings.push_back({Verdict::warn, "web", "speaks plain HTTP on the network (web.tls = \"off\")",
                                "whoever is on it can read passwords and tokens: set web.tls = \"auto\""});
    } else if (!tls->certificate_file.empty()) {
        findings.push_back(judge_file("web", config.web.certificate_file, now_s));
        if (auto wrong = judge_key("web", config.web.certificate_file, config.web.key_file))
            findings.push_back(std::move(*wrong));
    } else {
        for (auto& one : judge_own(*tls, now_s)) findings.push_back(std::move(one));
    }
    return findings;
}

Findings check_tls_server(const TlsServer& server, std::int64_t now_s)
{
    namespace net = boost::asio;
    boost::system::error_code failed;
    net::io_context io;
    net::ip::tcp::socket socket(io);
    net::ip::tcp::resolver resolver(io);
    const auto found = resolver.resolve(server.host, server.port, failed);
    std::optional<boost::system::error_code> connected;
    if (!failed) {
        net::async_connect(socket, found, [&](auto error, const auto&) { connected = error; });
        io.run_for(std::chrono::seconds(5));
        failed = connected.value_or(net::error::timed_out);
    }
    if (failed) return {};  // whoever speaks to it says so
    socket.non_blocking(false, failed);
    const timeval limit{5, 0};
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const auto context = context_for(server);
    const web::TlsConnection connection(context ? ::SSL_new(context.get()) : nullptr);
    if (!connection)
        return {{Verdict::fail, server.area, "OpenSSL does not start: " + openssl_says(), "look at ca_file"}};
    // SSL_set_tlsext_host_name(), which is a macro with a cast in it.
    ::SSL_ctrl(connection.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(server.host.c_str()));
    net::ip::make_address(server.host, failed);
    if (failed)
        ::SSL_set1_host(connection.get(), server.host.c_str());
    else
        ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(connection.get()), server.host.c_str());
    if (!server.alpn.empty()) {
        const auto offered = static_cast<char>(server.alpn.size()) + server.alpn;
        ::SSL_set_alpn_protos(connection.get(), reinterpret_cast<const unsigned char*>(offered.data()),
                              static_cast<unsigned>(offered.size()));
    }
    ::SSL_set_fd(connection.get(), socket.native_handle());
    if (::SSL_connect(connection.get()) != 1)
        return {{Verdict::fail, server.area,
                 fmt::format("no TLS with {}:{}: {}", server.host, server.port, openssl_says()),
                 "is it the port for TLS, and does it want a certificate of ours (certificate_file)?"}};
    auto findings = judge_chain(server, *connection, now_s);
    ::SSL_shutdown(connection.get());
    return findings;
}

}  // namespace tidegate::gateway

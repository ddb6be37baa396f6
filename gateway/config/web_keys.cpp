#include "gateway/config/keys.hpp"

#include <array>

namespace tidegate::gateway {

namespace {

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;
constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

}  // namespace

std::span<const Key<WebConfig>> web_keys()
{
    using S = WebConfig;
    static const std::array keys{
        Key<S>{"address", &S::address,
               "Address to listen on: one of this machine's, `0.0.0.0` for all of IPv4, `::` for all."},
        Key<S>{"port", &S::port, "Port to listen on.", 0, 65'535},
        Key<S>{"root", &S::root,
               "Folder to serve the dashboard from instead of the built-in one; for development."},
        Key<S>{"live_interval", &S::live_interval,
               "Shortest time between two updates of a live client, whatever it asks for: 20, 50, 100, 250, "
               "500 ms …; what lies between is rounded up. Under load it becomes longer.",
               20, 5000},
        Key<S>{"live_compression", &S::live_compression,
               "Memory for compressing what live clients are sent (permessage-deflate): 48 KiB a client that "
               "asks for it (80 for some browsers); the others go without. 0: none.",
               0, 1024 * mib},
        Key<S>{"tls", &S::tls,
               "`auto`: on the loopback plain HTTP, on any other address HTTPS with a certificate of an "
               "authority of the gateway's own (security.md). `files`: HTTPS with `certificate_file`. `off`: "
               "plain HTTP, on a network as well, where everybody can read it.",
               0, 0, "auto|files|off"},
        Key<S>{"certificate_file", &S::certificate_file,
               "Certificate (PEM) for `tls = \"files\"`, behind it those that lead to its authority. It is "
               "read again when it changes."},
        Key<S>{"key_file", &S::key_file, "Its private key (PEM). Empty: it is in the same file."},
        Key<S>{"names", &S::names,
               "Further names and addresses under which the gateway is asked, beside the host's own: of a "
               "proxy in front of it, in a name server. They are in the own certificate, too."},
        Key<S>{
            "hsts", &S::hsts,
            "With `tls = \"files\"`, for how long browsers are told never to speak plain HTTP to this host, "
            "on any of its ports. 0s: they are not told.",
            0, 730 * day},
        Key<S>{"accounts", &S::accounts,
               "Who asks must log in or send a token, and nothing is shown before the gateway is claimed "
               "(security.md). false: whoever reaches the port is admin; for trials on the loopback."},
        Key<S>{"session_idle", &S::session_idle,
               "Who has logged in and does nothing is logged out after so long.", 60'000, 400 * day},
        Key<S>{"session_longest", &S::session_longest, "Everybody is after so long.", 60'000, 400 * day},
    };
    return keys;
}

std::span<const Key<WebLimitsConfig>> web_limits_keys()
{
    using S = WebLimitsConfig;
    static const std::array keys{
        Key<S>{"connections", &S::connections,
               "Most connections at a time; fewer where the process may not have as many descriptors. "
               "Beyond: 503.",
               1, 100'000},
        Key<S>{"connections_each", &S::connections_each,
               "Most of them from one address (of IPv6, from one /64). Raise it behind a proxy. Beyond: 429.",
               1, 100'000},
        Key<S>{"live", &S::live, "Most clients of the live view at a time. Beyond: closed with 4429.", 1,
               100'000},
        Key<S>{"requests_each", &S::requests_each, "Most requests on one connection; then it is closed.", 1,
               1'000'000'000},
        Key<S>{"head", &S::head, "Largest request line and header fields together. Beyond: 431.", kib, mib},
        Key<S>{"fields", &S::fields, "Most header fields. Beyond: 431.", 8, 1000},
        Key<S>{"target", &S::target, "Longest target of a request. Beyond: 414.", 256, 64 * kib},
        Key<S>{"body", &S::body, "Largest body of a request, but for `post`. Beyond: 413.", kib, 64 * mib},
        Key<S>{
            "post", &S::post,
            "Largest body with readings to be kept, as it is sent; sixteen times as much may be on its way "
            "at a time, and beyond: 503. Unpacked it may have 2 MiB. Beyond: 413.",
            kib, 2 * mib},
        Key<S>{"live_message", &S::live_message, "Largest message from a live client. Beyond: 1009.", kib,
               16 * kib},
        Key<S>{"live_rate", &S::live_rate, "Messages a second from a live client. Beyond: closed with 1008.",
               1, 1'000'000},
        Key<S>{"live_burst", &S::live_burst, "How many at once after a rest.", 1, 1'000'000},
        Key<S>{"hello_time", &S::hello_time,
               "How long a live client may take for its first message. Beyond: closed with 1008.", 100, hour},
        Key<S>{
            "slow_time", &S::slow_time,
            "How long a live client may read nothing. Beyond: closed with 4408, and cut off 10 s later where "
            "it does not even read that.",
            100, hour},
        Key<S>{
            "queries", &S::queries,
            "Questions to history, lists and the like that wait for the one that is being answered. Beyond: "
            "503.",
            1, 10'000},
        Key<S>{"logins", &S::logins,
               "Logins and changes of accounts that wait for the one whose password is being hashed. Beyond: "
               "503.",
               1, 1000},
        Key<S>{"exports", &S::exports, "Exports at a time. Beyond: 503.", 1, 100},
        Key<S>{"sessions_each", &S::sessions_each,
               "Times that one user may be logged in at a time. Who logs in beyond it is let in, and the "
               "session "
               "that was not used the longest ends.",
               1, 1000},
        Key<S>{"head_time", &S::head_time,
               "How long a client may take for the TLS handshake and the head of a request.", 100, hour},
        Key<S>{"body_time", &S::body_time, "For the body of a request.", 100, hour},
        Key<S>{"idle_time", &S::idle_time, "Between two requests; and a live client, to say nothing.", 100,
               hour},
        Key<S>{"write_time", &S::write_time, "To take an answer, or a piece of a long one.", 100, hour},
        Key<S>{"address_rate", &S::address_rate,
               "Requests a second from one address, of other machines. Beyond: 429 with Retry-After. 0: no "
               "bound.",
               0, 1'000'000},
        Key<S>{"address_burst", &S::address_burst, "How many at once after a rest.", 1, 1'000'000},
        Key<S>{"identity_rate", &S::identity_rate,
               "Requests a second of one user or token, from wherever. Beyond: 429. 0: no bound.", 0,
               1'000'000},
        Key<S>{"identity_burst", &S::identity_burst, "How many at once after a rest.", 1, 1'000'000},
    };
    return keys;
}

std::span<const Key<JwtConfig>> jwt_keys()
{
    using S = JwtConfig;
    static const std::array keys{
        Key<S>{"algorithms", &S::algorithms, "By which they may be signed; for each there must be a key.", 0,
               4, "EdDSA|ES256|RS256|HS256"},
        Key<S>{"key_files", &S::key_files,
               "Public keys or certificates (PEM) of the issuer: Ed25519, P-256, RSA of 2048 bits and more.",
               0, 16},
        Key<S>{"secret_file", &S::secret_file, "File with the secret for HS256, 32 bytes and more."},
        Key<S>{"issuer", &S::issuer, "What `iss` must say."},
        Key<S>{"audience", &S::audience, "What `aud` must name."},
        Key<S>{"longest", &S::longest, "From `iat` to `exp` at most: they cannot be taken back one by one.",
               10'000, day},
        Key<S>{"leeway", &S::leeway, "By how much the issuer's clock may be off.", 0, 300'000},
        Key<S>{"role", &S::role, "Claim that names the role: viewer, operator or admin."},
        Key<S>{"read", &S::read,
               "Claim with the list of topic filters that may be read; without it nothing may."},
        Key<S>{"write", &S::write, "Claim with those that may be written to; likewise."},
    };
    return keys;
}

}  // namespace tidegate::gateway

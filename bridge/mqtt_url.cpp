#include "bridge/mqtt_url.hpp"

#include <charconv>
#include <fmt/core.h>

namespace tidegate::bridge {

namespace {

constexpr std::string_view plain = "mqtt://";
constexpr std::string_view encrypted = "mqtts://";

Error wrong(std::string_view text, std::string_view why)
{
    // A wrong URL may hold a password: only what comes before an "@" is left out of the message.
    const auto at = text.rfind('@');
    return Error{ErrorKind::invalid,
                 fmt::format("broker URL \"{}\": {}", at == text.npos ? text : text.substr(at + 1), why)};
}

bool parse_port(std::string_view digits, std::uint16_t& port)
{
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return failure == std::errc{} && end == digits.data() + digits.size() && port != 0;
}

std::string authority(const MqttUrl& url)
{
    const bool is_ipv6 = url.host.find(':') != std::string::npos;
    return is_ipv6 ? fmt::format("[{}]:{}", url.host, url.port) : fmt::format("{}:{}", url.host, url.port);
}

}  // namespace

Result<MqttUrl> parse_mqtt_url(std::string_view text)
{
    MqttUrl url;
    url.tls = text.starts_with(encrypted);
    if (!url.tls && !text.starts_with(plain)) return wrong(text, "it must begin with mqtt:// or mqtts://");
    if (url.tls) url.port = 8883;

    auto rest = text.substr(url.tls ? encrypted.size() : plain.size());
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.find('@') != rest.npos) return wrong(text, "user and password do not belong into it");
    if (rest.find_first_of("/?# ") != rest.npos) return wrong(text, "nothing may follow host and port");

    std::string_view port;
    if (rest.starts_with('[')) {
        const auto bracket = rest.find(']');
        if (bracket == rest.npos) return wrong(text, "a \"]\" is missing");
        url.host = rest.substr(1, bracket - 1);
        port = rest.substr(bracket + 1);
    } else {
        const auto colon = rest.find(':');
        url.host = rest.substr(0, colon);
        if (colon != rest.npos) port = rest.substr(colon);
    }
    if (url.host.empty()) return wrong(text, "the host is missing");
    if (!port.empty() && (port[0] != ':' || !parse_port(port.substr(1), url.port)))
        return wrong(text, "the port must be a number from 1 to 65535");
    return url;
}

std::string MqttUrl::text() const
{
    const bool usual = port == (tls ? 8883 : 1883);
    const auto place = authority(*this);
    return fmt::format("{}{}", tls ? encrypted : plain, usual ? place.substr(0, place.rfind(':')) : place);
}

std::string MqttUrl::paho() const
{
    return fmt::format("{}://{}", tls ? "ssl" : "tcp", authority(*this));
}

}  // namespace tidegate::bridge

#include "bridge/mqtt_client.hpp"

#include "base/log.hpp"
#include "bridge/mapped_file.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <cstring>
#include <netdb.h>
#include <string>
#include <utility>

namespace tidegate::bridge {

using namespace std::chrono_literals;

namespace {

constexpr auto look_again = 50ms;     // how often a wait looks whether a stop was asked for
constexpr auto connect_limit = 3s;    // Paho looks every 3 s whether it has passed
constexpr auto longest_connect = 8s;  // so this is reached only when something else holds Paho up
constexpr auto disconnect_limit = 1s;
constexpr int most_buffered = 1000;   // Paho's own 100 bound what may be sent at all; we keep few in flight
constexpr int refused_version_3 = 1;  // CONNACK of MQTT 3.1.1: unacceptable protocol version
constexpr auto broken_off = "TCP connect completion failure";  // Paho's words; RabbitMQ 3 answers 5 so
constexpr int refused_version_5 = 0x84;  // CONNACK of MQTT 5: unsupported protocol version

mqtt::create_options create_options(int version)
{
    mqtt::create_options options(version == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1);
    options.set_max_buffered_messages(most_buffered);
    return options;
}

struct Reason {
    int code;
    ErrorKind kind;
    const char* text;
};

// The CONNACKs of both versions (3.1.1: 1 to 5) and what people can do about them.
constexpr Reason reasons[] = {
    {refused_version_3, ErrorKind::unavailable, "the broker does not speak this version of MQTT"},
    {2, ErrorKind::denied, "the broker refuses the client id"},
    {3, ErrorKind::unavailable, "the broker says that it is not available"},
    {4, ErrorKind::denied, "the broker refuses user and password"},
    {5, ErrorKind::denied, "the broker does not let this user in"},
    {refused_version_5, ErrorKind::unavailable, "the broker does not speak this version of MQTT"},
    {0x85, ErrorKind::denied, "the broker refuses the client id"},
    {0x86, ErrorKind::denied, "the broker refuses user and password"},
    {0x87, ErrorKind::denied, "the broker does not let this user in"},
    {0x88, ErrorKind::unavailable, "the broker says that it is not available"},
    {0x89, ErrorKind::unavailable, "the broker is busy"},
    {0x8a, ErrorKind::denied, "the broker has banned this client"},
    {0x97, ErrorKind::unavailable, "the broker's quota is exceeded"},
    {0x9f, ErrorKind::unavailable, "the broker limits the rate of connections"},
};

}  // namespace

namespace {

// The C client that the C++ one holds. Only its callback has the packet's id, and it makes no copies for a
// message object that nobody needs.
MQTTAsync handle_of(const mqtt::async_client& client);

// An explicit instantiation may name what is private; Paho C++ hands the handle out nowhere.
template <MQTTAsync mqtt::async_client::*handle>
struct HandleOf {
    friend MQTTAsync handle_of(const mqtt::async_client& client) { return client.*handle; }
};
template struct HandleOf<&mqtt::async_client::cli_>;

// Whether somebody listens there: one connection, made and closed.
bool accepts_connections(const MqttUrl& url)
{
    constexpr timeval most{2, 0};
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &wanted, &found) != 0) return false;
    bool accepted = false;
    for (const auto* one = found; one != nullptr && !accepted; one = one->ai_next) {
        const Descriptor socket(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol));
        if (socket.get() < 0) continue;
        ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);  // bounds connect(), too
        accepted = ::connect(socket.get(), one->ai_addr, one->ai_addrlen) == 0;
    }
    ::freeaddrinfo(found);
    return accepted;
}

}  // namespace

Result<MqttClientOptions> client_options(MqttEndpoint endpoint)
{
    auto url = parse_mqtt_url(endpoint.url);
    if (!url) return url.error();
    if (endpoint.version != 4 && endpoint.version != 5)
        return Error{ErrorKind::invalid, "the MQTT version must be 4 (3.1.1) or 5"};
    return MqttClientOptions{.url = std::move(*url), .endpoint = std::move(endpoint)};
}

MqttClient::MqttClient(MqttClientOptions options, Handlers handlers)
    : options_(std::move(options)),
      told_(std::move(handlers.message)),
      version_(options_.endpoint.version),
      client_(options_.url.paho(), options_.endpoint.client_id, create_options(version_))
{
    // All of them before the first connect(): later, Paho can deadlock.
    if (told_) MQTTAsync_setMessageArrivedCallback(handle_of(client_), this, &MqttClient::arrived);
    client_.set_connected_handler([this, told = std::move(handlers.connected)](const std::string&) noexcept {
        if (told) told(client_, session_present_);
    });
    client_.set_connection_lost_handler([told = handlers.lost](const std::string& why) noexcept {
        if (told) told(why.empty() ? "the connection broke" : why);
    });
    client_.set_disconnected_handler(
        [told = std::move(handlers.lost)](const mqtt::properties&, mqtt::ReasonCode reason) noexcept {
            if (told)
                told(fmt::format("the broker says goodbye: {}", mqtt::exception::reason_code_str(reason)));
        });
}

// Paho sends the PUBACK when this returns, whatever it returns.
int MqttClient::arrived(void* self, char* topic, int length, MQTTAsync_message* message)
{
    // A length says that there is a NUL in the topic.
    const std::string_view name(topic, length > 0 ? static_cast<std::size_t>(length) : std::strlen(topic));
    static_cast<MqttClient*>(self)->told_(
        {.topic = name,
         .payload = {static_cast<const char*>(message->payload),
                     static_cast<std::size_t>(message->payloadlen)},
         .packet = static_cast<std::uint16_t>(message->qos > 0 ? message->msgid : 0),
         .retained = message->retained != 0,
         .duplicate = message->dup != 0});
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

void MqttClient::fill(mqtt::connect_options& options) const
{
    options.set_mqtt_version(version_ == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1);
    if (version_ == 5)
        options.set_clean_start(!options_.persistent);
    else
        options.set_clean_session(!options_.persistent);
    options.set_keep_alive_interval(options_.endpoint.keep_alive);
    options.set_connect_timeout(connect_limit);
    options.set_automatic_reconnect(false);
    if (!options_.will_topic.empty())
        options.set_will(mqtt::will_options(options_.will_topic, options_.will_payload, 1, true));
    if (!options_.endpoint.user.empty()) options.set_user_name(options_.endpoint.user);
    if (!options_.endpoint.password.empty()) options.set_password(options_.endpoint.password);
    if (options_.url.tls) {
        mqtt::ssl_options tls;
        if (!options_.endpoint.ca_file.empty()) tls.set_trust_store(options_.endpoint.ca_file);
        if (!options_.endpoint.certificate_file.empty())
            tls.set_key_store(options_.endpoint.certificate_file);
        if (!options_.endpoint.key_file.empty()) tls.set_private_key(options_.endpoint.key_file);
        if (!options_.endpoint.alpn.empty()) tls.set_alpn_protos({options_.endpoint.alpn});
        tls.set_enable_server_cert_auth(true);
        tls.set_verify(true);
        options.set_ssl(tls);
    }
    if (version_ == 5 && options_.persistent) {
        const auto expiry = static_cast<std::int32_t>(options_.session_expiry.count());
        options.set_properties(mqtt::properties{{mqtt::property::SESSION_EXPIRY_INTERVAL, expiry}});
    }
}

void MqttClient::begin()
{
    // A named object that lives beyond connect(): a copy points to the properties of the one that it was
    // copied from, so that with the builder, or a temporary, CONNECT would go out without the session's
    // expiry.
    mqtt::connect_options options;
    fill(options);
    attempt_ = client_.connect(options, nullptr, *this);
}

void MqttClient::on_success(const mqtt::token& token)
{
    session_present_ = token.get_connect_response().is_session_present();
}

Result<MqttConnected> MqttClient::connect(const std::stop_token& stop)
{
    try {
        // An attempt that we stopped waiting for is still Paho's: there is no second one beside it.
        if (!attempt_) {
            end_ = LinkEnd::unreachable;
            if (auto known = resolve(options_.url); !known) return known.error();
            begin();
        }
        const auto connected = finish(stop);
        if (version_ != 5) return connected;
        if (connected) options_.spoke_5 = true;
        // A broker that is there, and has never answered to MQTT 5 but ended the connection at it.
        const bool suspicious = broke_off_ && !options_.spoke_5 && accepts_connections(options_.url);
        if (!refused_version_ && !suspicious) return connected;
        log::info("mqtt_version_fallback url={} version=3.1.1", options_.url.text());
        version_ = 4;  // for good: a client of Paho's cannot go back to 5
        begin();
        return finish(stop);
    } catch (const mqtt::exception& failure) {
        attempt_ = nullptr;
        return explain(failure.get_return_code(), failure.get_message());
    }
}

Result<MqttConnected> MqttClient::finish(const std::stop_token& stop)
{
    const auto deadline = std::chrono::steady_clock::now() + longest_connect;
    refused_version_ = broke_off_ = false;
    try {
        while (!attempt_->wait_for(look_again)) {
            if (stop.stop_requested()) return Error{ErrorKind::unavailable, "stopped while connecting"};
            if (std::chrono::steady_clock::now() < deadline) continue;
            attempt_ = nullptr;
            disconnect();
            end_ = LinkEnd::silent;
            return Error{ErrorKind::unavailable, fmt::format("{}: no answer within {} s", options_.url.text(),
                                                             longest_connect.count())};
        }
        const auto done = std::exchange(attempt_, nullptr);
        return MqttConnected{done->get_connect_response().is_session_present(), version_};
    } catch (const mqtt::exception& failure) {
        attempt_ = nullptr;
        const int code = failure.get_return_code();
        refused_version_ = code == refused_version_3 || code == refused_version_5;
        broke_off_ = failure.get_message() == broken_off;
        return explain(code, failure.get_message());
    }
}

Error MqttClient::explain(int code, const std::string& message)
{
    const auto url = options_.url.text();
    end_ = LinkEnd::refused;
    for (const auto& reason : reasons)
        if (reason.code == code) return Error{reason.kind, fmt::format("{}: {}", url, reason.text)};
    end_ = LinkEnd::silent;
    if (message == "TCP connect timeout")
        return Error{ErrorKind::unavailable,
                     fmt::format("{}: no answer within {} s", url, connect_limit.count())};
    end_ = LinkEnd::unreachable;
    const auto* guess = options_.url.tls
                            ? "nothing listens there, it is no MQTT broker, or its certificate is not trusted"
                            : "nothing listens there, or it is no MQTT broker";
    return Error{ErrorKind::unavailable, fmt::format("{}: cannot connect: {}", url, guess)};
}

void MqttClient::disconnect() noexcept
{
    try {
        client_.disconnect(static_cast<int>(std::chrono::milliseconds(disconnect_limit).count()))
            ->wait_for(std::chrono::milliseconds(disconnect_limit));
    } catch (const mqtt::exception&) {
        // There was no connection: all the better.
    }
}

Result<> resolve(const MqttUrl& url)
{
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(url.host.c_str(), nullptr, &wanted, &found);
    if (code == 0) ::freeaddrinfo(found);
    if (code == 0) return {};
    return Error{ErrorKind::unavailable, fmt::format("{}: cannot look up the name {}: {}", url.text(),
                                                     log::quoted(url.host), ::gai_strerror(code))};
}

}  // namespace tidegate::bridge

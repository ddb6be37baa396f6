#include "bridge/broker_probe.hpp"

#include "bridge/mqtt_client.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace tidegate::bridge {

using namespace std::chrono_literals;

namespace {

constexpr auto answered_within = 5s;
constexpr auto quiet_for = 1500ms;  // nothing more comes, then
constexpr auto version_topic = "$SYS/broker/version";

// One connection, and what came over it.
class Visit {
public:
    explicit Visit(MqttClientOptions options)
        : client_(
              std::move(options),
              {.message = [this](const MqttArrival& arrival) { take(arrival); }, .connected = {}, .lost = {}})
    {
    }
    ~Visit() { client_.disconnect(); }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    Result<MqttConnected> connect() { return client_.connect({}); }

    // The QoS that was granted; none: it was refused.
    std::optional<int> subscribe(const std::string& topic)
    {
        try {
            const auto token = client_.paho().subscribe(topic, 1);
            if (!token->wait_for(answered_within)) return std::nullopt;
            const auto codes = token->get_subscribe_response().get_reason_codes();
            const int code = codes.empty() ? 0 : static_cast<int>(codes.front());
            if (code > 2) return std::nullopt;
            return code;
        } catch (const std::exception&) {
            return std::nullopt;
        }
    }

    // How many were acknowledged.
    std::uint64_t publish(const std::string& topic, std::uint64_t count)
    {
        constexpr std::size_t window = 50;
        std::uint64_t acknowledged = 0;
        std::deque<mqtt::delivery_token_ptr> under_way;
        try {
            for (std::uint64_t i = 0; i < count || !under_way.empty(); ++i) {
                if (i < count)
                    under_way.push_back(client_.paho().publish(topic, std::to_string(i), 1, false));
                if (i < count && under_way.size() < window) continue;
                if (!under_way.front()->wait_for(answered_within)) return acknowledged;
                under_way.pop_front();
                ++acknowledged;
            }
        } catch (const mqtt::exception&) {
            return acknowledged;
        }
        return acknowledged;
    }

    // Until so many have come, or nothing comes any more.
    std::uint64_t wait_for(std::uint64_t count)
    {
        std::unique_lock lock(mutex_);
        for (auto seen = messages_; messages_ < count; seen = messages_)
            if (!came_.wait_for(lock, quiet_for, [&] { return messages_ > seen; })) break;
        return messages_;
    }
    std::string version()
    {
        std::unique_lock lock(mutex_);
        came_.wait_for(lock, quiet_for, [&] { return !version_.empty(); });
        return version_;
    }

private:
    void take(const MqttArrival& arrival)
    {
        const std::scoped_lock lock(mutex_);
        if (arrival.topic == version_topic)
            version_ = arrival.payload;
        else
            ++messages_;
        came_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable came_;
    std::uint64_t messages_ = 0;
    std::string version_;
    MqttClient client_;  // last: its callbacks use the above
};

bool lets_in_anybody(MqttClientOptions options)
{
    options.endpoint.user.clear();
    options.endpoint.password.clear();
    options.endpoint.client_id += "-anonymous";
    return Visit(std::move(options)).connect().has_value();
}

// A session that is not left behind: with MQTT 3.1.1 it would stay for ever.
class SessionEnd {
public:
    explicit SessionEnd(MqttClientOptions options) : options_(std::move(options))
    {
        options_.persistent = false;
    }
    ~SessionEnd()
    {
        try {
            [[maybe_unused]] const auto ended = Visit(options_).connect();  // a clean start ends it
        } catch (const std::exception&) {                                   // the broker is gone
        }
    }
    SessionEnd(const SessionEnd&) = delete;
    SessionEnd& operator=(const SessionEnd&) = delete;

private:
    MqttClientOptions options_;
};

// Leaves a session behind, fills it from another connection, comes back to it, and ends it.
void try_session(MqttClientOptions options, const std::string& topic, std::uint64_t count, BrokerFound& found)
{
    auto other = options;
    other.endpoint.client_id += "-sender";
    options.persistent = true;
    options.session_expiry = 60s;
    const SessionEnd end(options);
    {
        Visit first(options);
        if (!first.connect() || !first.subscribe(topic)) return;
    }
    {
        Visit sender(std::move(other));
        if (!sender.connect()) return;
        found.sent = sender.publish(topic, count);
    }
    Visit again(std::move(options));
    const auto connected = again.connect();
    found.keeps_session = connected && connected->session_present;
    found.kept = again.wait_for(found.sent);
}

}  // namespace

Result<BrokerFound> probe_broker(const MqttEndpoint& broker, const std::string& topic, std::uint64_t messages)
{
    auto client = client_options(broker);
    if (!client) return client.error();
    try {
        BrokerFound found;
        {
            Visit visit(*client);
            const auto connected = visit.connect();
            if (!connected) return connected.error();
            found.mqtt = connected->version;
            const auto granted = visit.subscribe(topic);
            found.may_subscribe = granted.has_value();
            found.granted_qos = granted.value_or(0);
            if (visit.publish(topic, 1) == 1) found.may_publish = granted && visit.wait_for(1) == 1;
            if (visit.subscribe(version_topic)) found.version = visit.version();
        }
        if (!broker.user.empty()) found.anonymous = lets_in_anybody(*client);
        if (messages > 0 && found.may_publish) try_session(std::move(*client), topic, messages, found);
        return found;
    } catch (const mqtt::exception& failure) {
        return Error{ErrorKind::internal, failure.what()};
    }
}

Result<> reach_broker(const MqttEndpoint& broker)
{
    auto client = client_options(broker);
    if (!client) return client.error();
    try {
        const auto connected = Visit(std::move(*client)).connect();
        if (!connected) return connected.error();
        return {};
    } catch (const mqtt::exception& failure) {
        return Error{ErrorKind::internal, failure.what()};
    }
}

}  // namespace tidegate::bridge

#include "web/server/live_hub.hpp"

#include "web/server/gateway_view.hpp"
#include "web/server/live_protocol.hpp"

#include <algorithm>

namespace tidegate::web {
namespace {

namespace close_code {
constexpr std::uint16_t going_away = 1001;
constexpr std::uint16_t policy = 1008;
constexpr std::uint16_t no_access = 4401;
constexpr std::uint16_t slow = 4408;
}  // namespace close_code

constexpr std::int64_t hello_deadline_ms = 10'000;
constexpr std::int64_t slow_after_ms = 30'000;
constexpr std::int64_t cut_after_ms = 40'000;  // a close frame cannot pass a socket that is still full
constexpr std::int64_t second_ms = 1000;
constexpr double messages_a_second = 20;
constexpr double messages_at_once = 40;

bool leaving(const LiveClient& client)
{
    return client.goodbye.code != 0;
}

void dismiss(LiveClient& client, std::uint16_t code, std::string reason, std::string why = {})
{
    if (leaving(client)) return;
    client.goodbye = {code, std::move(reason), std::move(why)};
    client.wake();
}

// A token bucket: what a client may send us.
bool within_budget(LiveClient& client, Moment now)
{
    const double earned = static_cast<double>(now.boot_ms - client.budget_ms) * messages_a_second / second_ms;
    client.budget = std::min(messages_at_once, client.budget + earned);
    client.budget_ms = now.boot_ms;
    if (client.budget < 1) return false;
    client.budget -= 1;
    return true;
}

// The next update is a full one.
void begin_anew(LiveClient& client)
{
    client.seq = 0;
    client.full_due = true;
    client.tick = -1;
}

}  // namespace

LiveHub::LiveHub(const store::SeriesTable& series, const store::LiveTable& table, LiveHubOptions options)
    : series_(series),
      options_(std::move(options)),
      view_(table)
{
}

void LiveHub::join(LiveClient& client, Moment now)
{
    client.joined_ms = client.sent_ms = client.budget_ms = now.boot_ms;
    client.budget = messages_at_once;
    clients_.push_back(&client);
    if (stopping_) dismiss(client, close_code::going_away, "the gateway stops", "restart");
    if (clients_.size() > options_.clients) dismiss(client, too_many_live, "too many live clients");
}

void LiveHub::leave(LiveClient& client)
{
    std::erase(clients_, &client);
    client.subscription.reset();
    std::erase_if(subscriptions_, [](const auto& entry) { return entry.second.expired(); });
    updates_.clear();  // its keys are addresses of subscriptions
    freshness_.clear();
}

void LiveHub::receive(LiveClient& client, std::string_view text, Moment now)
{
    if (leaving(client)) return;
    if (!within_budget(client, now)) return dismiss(client, close_code::policy, "too many messages");
    auto message = parse_client_message(text);
    if (!message) return dismiss(client, close_code::policy, message.error().what);
    using Kind = ClientMessage::Kind;
    const bool hello = message->kind == Kind::hello;
    if (hello == client.greeted && message->kind != Kind::unknown) {
        return dismiss(client, close_code::policy, hello ? "hello came twice" : "hello must come first");
    }
    if (hello)
        return begin(client,
                     {std::move(message->epoch), message->seq, message->rate.value_or(default_rate),
                      message->wish.value_or(SubscriptionWish{})},
                     now);
    if (message->rate) client.rate = allowed(*message->rate);
    if (message->wish) subscribe(client, std::move(*message->wish));
    if (message->kind == Kind::pause) client.paused = true;
    if (message->kind == Kind::resume) client.paused = false;
    if (message->kind == Kind::heartbeat) client.owes_heartbeat = true;
    client.wake();
}

// Of who sees all it is the run's. Others see a part of it: with another part they begin anew.
std::string LiveHub::epoch_for(const LiveClient& client) const
{
    const Scope& read = client.identity.read;
    if (read.all()) return options_.epoch;
    return options_.epoch + '-' + hex_name(std::hash<std::string>()(read.key()));
}

void LiveHub::begin(LiveClient& client, LiveGreeting greeting, Moment now)
{
    if (leaving(client)) return;
    client.rate = allowed(greeting.rate);
    subscribe(client, std::move(greeting.wish));
    refresh(now);
    client.greeted = true;
    // What belongs to a device by its name may be something else than when it left.
    client.resumed = !client.subscription->by_name() && greeting.epoch == epoch_for(client) &&
                     greeting.seq <= view_.version();
    client.seq = client.resumed ? greeting.seq : 0;
    client.full_due = !client.resumed;
    client.wake();
}

std::int64_t LiveHub::allowed(std::int64_t rate) const
{
    return std::max(rate, rate_class(options_.fastest));
}

void LiveHub::renamed(std::uint64_t serial)
{
    if (std::exchange(names_, serial) == serial) return;
    for (const auto& [key, known] : subscriptions_) {
        const auto subscription = known.lock();
        if (!subscription || !subscription->match_anew(series_)) continue;
        for (LiveClient* client : clients_)
            if (client->subscription == subscription) begin_anew(*client);
    }
    updates_.clear();
    freshness_.clear();
}

LiveFacts LiveHub::facts() const
{
    const auto by = [this](LiveTransport transport) {
        return static_cast<std::size_t>(std::ranges::count(clients_, transport, &LiveClient::transport));
    };
    return {by(LiveTransport::web_socket), by(LiveTransport::events), reached_, written_};
}

void LiveHub::subscribe(LiveClient& client, SubscriptionWish wish)
{
    wish.read = client.identity.read;
    auto wanted = std::make_shared<Subscription>(std::move(wish));
    if (client.subscription && client.subscription->key() == wanted->key()) return;
    auto& known = subscriptions_[wanted->key()];
    client.subscription = known.lock();
    if (!client.subscription) {
        client.subscription = std::move(wanted);
        known = client.subscription;
    }
    client.subscription->extend(series_);
    begin_anew(client);
    updates_.clear();  // an abandoned subscription may have been a key
    freshness_.clear();
}

void LiveHub::refresh(Moment now)
{
    view_.refresh(now.wall_ms);
    viewed_ = now;
    updates_.clear();
    freshness_.clear();
    for (const auto& [key, known] : subscriptions_) {
        if (const auto subscription = known.lock()) subscription->extend(series_);
    }
}

bool LiveHub::due(const LiveClient& client, Moment now) const
{
    return now.boot_ms / interval_of(client) != client.tick;
}

void LiveHub::tick(Moment now)
{
    if (clients_.empty()) return;
    const bool second = now.boot_ms / second_ms != second_;
    second_ = now.boot_ms / second_ms;
    const bool any_due =
        std::ranges::any_of(clients_, [&](const LiveClient* client) { return due(*client, now); });
    dismiss_who_lost_access(second);
    if (any_due || second) refresh(now);
    if (second) view_.review_freshness(now.wall_ms);
    for (LiveClient* client : clients_) {
        if (second) enforce_deadlines(*client, now);
        if (second || due(*client, now)) client->wake();
    }
}

// When something was taken from somebody, at once; once a second, whose time has come by itself.
void LiveHub::dismiss_who_lost_access(bool second)
{
    if (!options_.holds) return;
    const auto revision = options_.revision();
    if (std::exchange(accounts_seen_, revision) == revision && !second) return;
    for (LiveClient* client : clients_)
        if (!options_.holds(client->identity))
            dismiss(*client, close_code::no_access, "log in again", "access");
}

std::int64_t LiveHub::next_tick_ms(Moment now) const
{
    std::int64_t next = (now.boot_ms / second_ms + 1) * second_ms;
    for (const LiveClient* client : clients_) {
        const auto interval = interval_of(*client);
        next = std::min(next, (now.boot_ms / interval + 1) * interval);
    }
    return next;
}

void LiveHub::enforce_deadlines(LiveClient& client, Moment now)
{
    if (!client.greeted && now.boot_ms - client.joined_ms > hello_deadline_ms) {
        dismiss(client, close_code::policy, "no hello within 10 s");
    }
    if (client.in_flight_ms == 0) return;
    const std::int64_t stuck_ms = now.boot_ms - client.in_flight_ms;
    if (stuck_ms > slow_after_ms) dismiss(client, close_code::slow, "nothing was read for 30 s", "slow");
    if (stuck_ms > cut_after_ms) client.cut();
}

void LiveHub::stop()
{
    stopping_ = true;
    for (LiveClient* client : clients_)
        dismiss(*client, close_code::going_away, "the gateway stops", "restart");
}

}  // namespace tidegate::web

#include "web/server/live_hub.hpp"

#include "web/server/gateway_view.hpp"
#include "web/server/live_protocol.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace tidegate::web {
namespace {

namespace close_code {
constexpr std::uint16_t going_away = 1001;
constexpr std::uint16_t policy = 1008;
constexpr std::uint16_t no_access = 4401;
constexpr std::uint16_t slow = 4408;
}  // namespace close_code

// A close frame cannot pass a socket that is full, and who has lost access shall not have what is in it.
constexpr std::int64_t farewell_ms = 10'000;
constexpr std::int64_t farewell_without_access_ms = 500;
constexpr std::int64_t second_ms = 1000;

bool leaving(const LiveClient& client)
{
    return client.goodbye.code != 0;
}

void dismiss(LiveClient& client, Goodbye goodbye)
{
    if (leaving(client)) return;
    client.goodbye = std::move(goodbye);
    client.wake();
}

Goodbye for_bad_manners(std::string reason, Moment now)
{
    return {close_code::policy, std::move(reason), {}, now.boot_ms + farewell_ms};
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
    client.budget = options_.limits.message_burst;
    clients_.push_back(&client);
    if (stopping_) return dismiss(client, {close_code::going_away, "the gateway stops", "restart"});
    if (clients_.size() > options_.limits.clients)
        turn_away(client, Turned::live,
                  {too_many_live, "too many live clients", {}, now.boot_ms + farewell_ms});
}

void LiveHub::turn_away(LiveClient& client, Turned why, Goodbye goodbye)
{
    if (leaving(client)) return;
    if (options_.turned) options_.turned(why);
    dismiss(client, std::move(goodbye));
}

// A token bucket: what a client may send us.
bool LiveHub::within_budget(LiveClient& client, Moment now) const
{
    const auto& limits = options_.limits;
    const double earned =
        static_cast<double>(now.boot_ms - client.budget_ms) * limits.message_rate / second_ms;
    client.budget = std::min(limits.message_burst, client.budget + earned);
    client.budget_ms = now.boot_ms;
    if (client.budget < 1) return false;
    client.budget -= 1;
    return true;
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
    if (!within_budget(client, now))
        return turn_away(client, Turned::live_rate, for_bad_manners("too many messages", now));
    const auto not_understood = [&](std::string why) {
        turn_away(client, Turned::live_malformed, for_bad_manners(std::move(why), now));
    };
    auto message = parse_client_message(text);
    if (!message) return not_understood(message.error().what);
    using Kind = ClientMessage::Kind;
    const bool hello = message->kind == Kind::hello;
    if (hello == client.greeted && message->kind != Kind::unknown) {
        return not_understood(hello ? "hello came twice" : "hello must come first");
    }
    if (hello)
        return begin(client,
                     {std::move(message->epoch), message->seq, message->rate.value_or(default_rate),
                      message->wish.value_or(SubscriptionWish{})},
                     now);
    if (message->rate) client.rate = allowed(*message->rate);
    // What it was told is of another part than what it will be told: it may not be taken for the same later.
    if (message->wish && subscribe(client, std::move(*message->wish)))
        client.welcomed = client.resumed = false;
    if (message->kind == Kind::pause) client.paused = true;
    if (message->kind == Kind::resume) client.paused = false;
    if (message->kind == Kind::heartbeat) client.owes_heartbeat = true;
    client.wake();
}

// Of who follows everything it is the run's. Who follows a part of it, because it asked for no more or may
// see no more, has missed what was in another part.
std::string LiveHub::epoch_for(const LiveClient& client) const
{
    static const std::string everything = SubscriptionWish{}.key();
    if (!client.subscription || client.subscription->key() == everything) return options_.run;
    return options_.run + '-' + hex_name(std::hash<std::string>()(client.subscription->key()));
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

bool LiveHub::subscribe(LiveClient& client, SubscriptionWish wish)
{
    wish.read = client.identity.read;
    auto wanted = std::make_shared<Subscription>(std::move(wish));
    if (client.subscription && client.subscription->key() == wanted->key()) return false;
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
    return true;
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
    dismiss_who_lost_access(second, now);
    if (any_due || second) refresh(now);
    if (second) view_.review_freshness(now.wall_ms);
    for (LiveClient* client : clients_) {
        if (second) enforce_deadlines(*client, now);
        if (client->goodbye.until_ms != 0 && now.boot_ms >= client->goodbye.until_ms) client->cut();
        if (second || due(*client, now)) client->wake();
    }
}

// When something was taken from somebody, at once; once a second, whose time has come by itself.
void LiveHub::dismiss_who_lost_access(bool second, Moment now)
{
    if (!options_.holds) return;
    const auto revision = options_.revision();
    if (std::exchange(accounts_seen_, revision) == revision && !second) return;
    for (LiveClient* client : clients_)
        if (!options_.holds(client->identity))
            dismiss(*client, {close_code::no_access, "log in again", "access",
                              now.boot_ms + farewell_without_access_ms});
}

std::int64_t LiveHub::next_tick_ms(Moment now) const
{
    std::int64_t next = (now.boot_ms / second_ms + 1) * second_ms;
    for (const LiveClient* client : clients_) {
        const auto interval = interval_of(*client);
        next = std::min(next, (now.boot_ms / interval + 1) * interval);
        if (client->goodbye.until_ms > now.boot_ms) next = std::min(next, client->goodbye.until_ms);
    }
    return next;
}

void LiveHub::enforce_deadlines(LiveClient& client, Moment now)
{
    const auto seconds = [](std::chrono::milliseconds time) {
        return fmt::format("{:g} s", std::chrono::duration<double>(time).count());
    };
    const auto& limits = options_.limits;
    if (!client.greeted && now.boot_ms - client.joined_ms > limits.hello_time.count())
        turn_away(client, Turned::live_hello,
                  for_bad_manners("no hello within " + seconds(limits.hello_time), now));
    if (client.in_flight_ms == 0 || now.boot_ms - client.in_flight_ms <= limits.slow_time.count()) return;
    turn_away(client, Turned::live_slow,
              {close_code::slow, "nothing was read for " + seconds(limits.slow_time), "slow",
               now.boot_ms + farewell_ms});
}

void LiveHub::stop()
{
    stopping_ = true;
    for (LiveClient* client : clients_)
        dismiss(*client, {close_code::going_away, "the gateway stops", "restart"});
}

}  // namespace tidegate::web

// What a live client is sent next, and what several share of it.
#include "web/server/live_hub.hpp"
#include "web/server/live_protocol.hpp"

#include <algorithm>

namespace tidegate::web {
namespace {

constexpr std::int64_t heartbeat_ms = 5000;
constexpr std::int64_t second_ms = 1000;
constexpr std::int64_t slack_ms = 150;  // by which a tick may be late

Frame framed(std::string text)
{
    return std::make_shared<const std::string>(std::move(text));
}

double seconds_between(std::int64_t begin_ms, std::int64_t end_ms)
{
    return static_cast<double>(end_ms - begin_ms) / second_ms;
}

}  // namespace

void LiveHub::publish_gateway(std::string frame)
{
    gateway_ = framed(std::move(frame));
    ++gateway_serial_;
}

LiveStep LiveHub::next(LiveClient& client, Moment now)
{
    if (client.in_flight_ms != 0) written_.add(seconds_between(client.in_flight_ms, now.boot_ms));
    client.in_flight_ms = 0;  // whoever asks has nothing on its way
    LiveStep step;
    if (client.goodbye.code != 0) {
        if (client.goodbye.why.empty() || std::exchange(client.bye_sent, true)) {
            step.close = client.goodbye.code;
            step.reason = client.goodbye.reason;
            return step;
        }
        step.frame = framed(bye_frame(client.goodbye.why));
    } else if (client.greeted) {
        step.frame = message_for(client, now);
    }
    if (step.frame) client.in_flight_ms = client.sent_ms = now.boot_ms;
    return step;
}

Frame LiveHub::message_for(LiveClient& client, Moment now)
{
    if (!client.welcomed) return welcome_for(client, now);
    if (std::exchange(client.owes_heartbeat, false)) return framed(heartbeat_frame(client.seq, now.wall_ms));
    if (auto frame = catalogue_for(client, now)) return frame;
    if (!client.paused) {
        if (auto frame = update_for(client, now)) return frame;
        if (auto frame = freshness_for(client)) return frame;
    }
    if (gateway_ && client.gateway != gateway_serial_) {
        client.gateway = gateway_serial_;
        return gateway_;
    }
    if (now.boot_ms - client.sent_ms >= heartbeat_ms) return framed(heartbeat_frame(client.seq, now.wall_ms));
    return nullptr;
}

Frame LiveHub::welcome_for(LiveClient& client, Moment now)
{
    client.welcomed = true;
    client.revision = series_.last();
    Welcome welcome{epoch_for(client), options_.run, options_.gateway, options_.build};
    welcome.seq = client.seq;
    welcome.time_ms = now.wall_ms;
    welcome.rate = client.rate;
    welcome.heartbeat = heartbeat_ms;
    welcome.resume = client.resumed;
    welcome.revision = client.revision;
    return framed(welcome_frame(welcome));
}

Frame LiveHub::catalogue_for(LiveClient& client, Moment now)
{
    const store::SeriesId revision = series_.last();
    if (revision == client.revision || now.boot_ms - client.catalogue_ms < second_ms) return nullptr;
    client.revision = revision;
    client.catalogue_ms = now.boot_ms;
    return framed(catalogue_frame(revision));
}

Frame LiveHub::update_for(LiveClient& client, Moment now)
{
    if (!due(client, now)) return nullptr;
    client.tick = now.boot_ms / interval_of(client);
    const bool full = std::exchange(client.full_due, false);
    // A client that was away, paused or slow, or is told seldom under load, is told of older readings as
    // well: then each age is said.
    const bool late = viewed_.boot_ms - client.updated_ms > client.rate + slack_ms;
    const store::Version from = full ? 0 : client.seq;
    auto frame = shared_update(*client.subscription, from, late && from != 0, full);
    if (from == 0) client.freshness = view_.freshness_serial();
    client.updated_ms = viewed_.boot_ms;
    if (frame) client.seq = view_.version();
    return frame;
}

Frame LiveHub::shared_update(const Subscription& subscription,
                             store::Version from,
                             bool ages,
                             bool even_if_empty)
{
    const FrameKey key{&subscription, from, ages};
    const auto known = updates_.find(key);
    if (known != updates_.end() && (known->second || !even_if_empty)) return known->second;
    Update update = view_.update_since(subscription, from);
    update.time_ms = viewed_.wall_ms;
    update.ages = ages;
    Frame frame;
    if (even_if_empty || !update.changed.empty() || !update.heard.empty()) {
        frame = framed(update_frame(update));
        ++encoded_;
        if (from != 0 && !ages) note_reached(update);
    }
    updates_[key] = frame;
    return frame;
}

// Not of who was away: there it would say how long.
void LiveHub::note_reached(const Update& update)
{
    for (const auto* items : {&update.changed, &update.heard})
        for (const auto& item : *items)
            if (item.latest->heard_ms != 0)
                reached_.add(std::max(0.0, seconds_between(item.latest->heard_ms, update.time_ms)));
}

Frame LiveHub::freshness_for(LiveClient& client)
{
    const std::uint64_t serial = view_.freshness_serial();
    // Only to whom the view was shown as it is: the values of new series go before their freshness.
    if (client.freshness == serial || client.updated_ms != viewed_.boot_ms) return nullptr;
    const std::uint64_t since = std::exchange(client.freshness, serial);
    const std::pair key{static_cast<const Subscription*>(client.subscription.get()), since};
    if (const auto known = freshness_.find(key); known != freshness_.end()) return known->second;
    const auto items = view_.freshness_since(*client.subscription, since);
    return freshness_[key] = items.empty() ? nullptr : framed(freshness_frame(items));
}

}  // namespace tidegate::web

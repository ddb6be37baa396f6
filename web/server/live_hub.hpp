#pragma once

#include "store/live_table.hpp"
#include "store/series_table.hpp"
#include "web/server/facts.hpp"
#include "web/server/limits.hpp"
#include "web/server/live_client.hpp"
#include "web/server/live_view.hpp"
#include "web/server/moment.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace tidegate::web {

// What a session does next: write `frame`; or say goodbye with `close`; or wait until it is woken.
struct LiveStep {
    Frame frame;
    std::uint16_t close = 0;
    std::string reason;
};

struct LiveHubOptions {
    std::string run;  // names this run, in which ids of series are what they are
    std::string gateway, build;
    LiveLimits limits{};
    std::int64_t fastest = 100;            // ms between updates, for those who wish for more
    std::function<void(Turned)> turned{};  // told of whom it turns away, and why

    // Whether one still may look, to be asked anew when the revision is another one. None: everybody may.
    std::function<std::uint64_t()> revision{};
    std::function<bool(const Identity&)> holds{};
};

// How a client begins: what it was told last, and what it wishes.
struct LiveGreeting {
    std::string epoch{};  // empty: the first time
    store::Version seq = 0;
    std::int64_t rate = 500;  // as a class
    SubscriptionWish wish{};
};

// Decides what each live client is told and when; owns no socket and no clock. A session asks next() whenever
// its last write is done or it was woken, so that a client has at most one message in flight and gets, after
// a slow one, what is newer: conflation without a queue. Clients with the same subscription, rate and version
// share one encoded frame.
//
// Used by the web thread alone.
class LiveHub {
public:
    LiveHub(const store::SeriesTable& series, const store::LiveTable& table, LiveHubOptions options);

    void set_limits(const LiveLimits& limits) { options_.limits = limits; }

    void join(LiveClient& client, Moment now);  // beyond the limit it gets 4429 as its first step
    void leave(LiveClient& client);
    bool has_room() const { return clients_.size() < options_.limits.clients; }
    void receive(LiveClient& client, std::string_view text, Moment now);
    void begin(LiveClient& client, LiveGreeting greeting, Moment now);  // its `hello`
    LiveStep next(LiveClient& client, Moment now);

    // Takes in what is new and wakes whom it concerns; enforces the deadlines.
    void tick(Moment now);
    std::int64_t next_tick_ms(Moment now) const;  // by the boot clock: when tick() should be called again

    void publish_gateway(std::string frame);  // the `gw` message
    void stretch(int by) { stretch_ = by; }   // all intervals, under load: 1 is none
    void renamed(std::uint64_t serial);       // other than before: devices have other names
    void stop();                              // everybody is told `bye` and closed with 1001

    // By which it may resume: of this run, and of what it follows.
    std::string epoch_for(const LiveClient& client) const;
    LiveFacts facts() const;
    std::uint64_t frames_encoded() const { return encoded_; }

private:
    using FrameKey = std::tuple<const Subscription*, store::Version, bool>;

    void refresh(Moment now);
    std::int64_t allowed(std::int64_t rate) const;
    bool subscribe(LiveClient& client, SubscriptionWish wish);  // false: it is the one that it had
    void turn_away(LiveClient& client, Turned why, Goodbye goodbye);
    bool within_budget(LiveClient& client, Moment now) const;
    void dismiss_who_lost_access(bool second, Moment now);
    void enforce_deadlines(LiveClient& client, Moment now);
    Frame message_for(LiveClient& client, Moment now);
    Frame welcome_for(LiveClient& client, Moment now);
    Frame update_for(LiveClient& client, Moment now);
    void note_reached(const Update& update);
    Frame freshness_for(LiveClient& client);
    Frame catalogue_for(LiveClient& client, Moment now);
    Frame shared_update(const Subscription& subscription, store::Version from, bool ages, bool even_if_empty);
    std::int64_t interval_of(const LiveClient& client) const { return client.rate * stretch_; }
    bool due(const LiveClient& client, Moment now) const;

    const store::SeriesTable& series_;
    LiveHubOptions options_;
    LiveView view_;
    Moment viewed_;  // when the view was last refreshed
    std::vector<LiveClient*> clients_;
    std::map<std::string, std::weak_ptr<Subscription>, std::less<>> subscriptions_;
    std::map<FrameKey, Frame> updates_;  // for the view as it is
    std::map<std::pair<const Subscription*, std::uint64_t>, Frame> freshness_;
    Frame gateway_;
    std::uint64_t gateway_serial_ = 0;
    std::int64_t second_ = -1;  // of the boot clock, in which freshness was last reviewed
    std::uint64_t encoded_ = 0;
    Durations reached_, written_;
    std::uint64_t names_ = 0;
    int stretch_ = 1;
    std::uint64_t accounts_seen_ = 0;  // revision
    bool stopping_ = false;
};

// A client is the hub's as long as this lives.
class JoinedLive {
public:
    JoinedLive(LiveHub& hub, LiveClient& client) : hub_(hub), client_(client)
    {
        hub_.join(client_, this_moment());
    }
    ~JoinedLive() { hub_.leave(client_); }
    JoinedLive(const JoinedLive&) = delete;
    JoinedLive& operator=(const JoinedLive&) = delete;

private:
    LiveHub& hub_;
    LiveClient& client_;
};

}  // namespace tidegate::web

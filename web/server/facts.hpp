#pragma once

#include "base/durations.hpp"
#include "store/alarm_book.hpp"
#include "store/command_book.hpp"
#include "store/dead_letters.hpp"
#include "store/store.hpp"
#include "web/accounts/accounts.hpp"
#include "web/server/control_facts.hpp"
#include "web/server/post.hpp"
#include "web/server/seen_message.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// What the web server shows of the rest of the gateway. It knows store/ itself; everything else is handed to
// it as these plain facts, so that web/ and bridge/ need not know each other.
namespace tidegate::store {
class Notebook;
}

namespace tidegate::web {

// What the live view does, for its metrics.
struct LiveFacts {
    std::size_t web_sockets = 0, event_streams = 0;  // clients
    Durations
        reached;  // from a reading's arrival to the frame that is the first to have it, shared by clients
    Durations written;  // from a client's frame to when the next could be written
};

struct UpstreamFacts {
    std::string id, kind, url;
    bool up = false;
    std::int64_t since_ms = 0;     // of the last change of `up`
    std::uint64_t attempts = 0;    // failed since it last was up
    std::int64_t next_try_ms = 0;  // wall clock; 0: not waiting
    std::string why;               // empty when up
    std::int64_t oldest_ms = 0;    // time of the oldest reading still owed; 0: none
    double rate = 0;               // readings acknowledged a second, over the last seconds
    store::UpstreamBooks books;
    std::string alarm{};     // what only a person can mend: "denied", "refuses_everything"; empty: nothing
    std::uint64_t dead = 0;  // readings that it refused and that are kept
    std::optional<std::int64_t> seconds_left{};  // until its backlog is sent; none: not known, or it has none
    std::string held_by{};  // what the backlog waits for: "records", "bytes", "hour", "day"; empty: nothing
    std::int64_t unacknowledged_ms = 0;  // how long the delivery under way has waited; 0: there is none
    std::uint64_t reopened = 0;          // connections given up because no acknowledgement came, since start
};

struct BrokerFacts {
    std::string name, url;
    bool connected = false;
    std::int64_t since_ms = 0;      // of the last change of `connected`
    std::string why;                // why it is not connected, or what it refuses; empty: all is well
    int version = 0;                // of MQTT: 4 (3.1.1) or 5
    std::uint64_t connects = 0;     // since start
    std::uint64_t duplicates = 0;   // since start: messages that it delivered with DUP
    std::uint64_t redelivered = 0;  // of them: that had been taken in before, for certain
    std::uint64_t own = 0;          // since start: messages of the gateway's own that came back
    std::int64_t next_try_ms = 0;   // wall clock; 0: not waiting
    std::uint64_t ring_bytes = 0;   // taken in and not committed yet
    std::vector<std::pair<std::string, std::uint64_t>> reconnects{};  // since start, by what made them needed
};

// What became of the configuration since the start.
struct ConfigurationFacts {
    std::int64_t loaded_ms = 0;                // when what is in effect was read
    std::int64_t tried_ms = 0;                 // when it was read last, in effect or not
    std::uint64_t applied = 0, refused = 0;    // reloads
    std::vector<std::string> problems{};       // why the last one was refused; none: it was not
    std::vector<std::string> incomplete{};     // what the last one that was applied could not start
    std::vector<std::string> needs_restart{};  // keys that have changed and are not in effect
};

// One way that commands or their results take.
struct CommandLinkFacts {
    std::string name;           // of the broker or upstream
    std::string way;            // "to_devices" (of the broker), "from_upstream", "results"
    bool up = false;            // it is there; of one that was not needed yet: nothing is known against it
    std::int64_t since_ms = 0;  // of the last change of `up`; 0: never changed
    std::string why{};          // it is not up
};

struct DeviceFacts {
    std::string name;
    std::string state;          // "online", "stale", "offline", "unknown"
    std::int64_t since_ms = 0;  // wall clock
    std::string why;            // empty: there is no more to say
    std::size_t series = 0;
    std::int64_t heard_ms = 0;  // wall clock of the last live reading; 0: none since the start
    std::string availability;   // topic that says whether it is there; empty: none
};

// How hard the gateway is pressed, and what it does about it.
struct LoadFacts {
    int level = 0;        // 0 to 3
    int stretch = 1;      // by how much the intervals of live updates are longer
    std::string why;      // what presses most; empty at level 0
    std::string meaning;  // what is held back; for people
};

struct GatewayFacts {
    std::string gateway, version;
    double messages_per_s = 0;  // over the last seconds
    double readings_per_s = 0;
    std::uint64_t ring_bytes = 0, ring_bytes_most = 0;
    double cpu_percent = 0;               // of one core, over the last seconds
    double cpu_seconds = 0;               // since start
    std::optional<double> cpu_celsius{};  // none: this machine does not say
    std::uint64_t rss_bytes = 0;
    std::int64_t started_ms = 0;
    std::vector<BrokerFacts> brokers;  // as configured; at least one
    std::vector<UpstreamFacts> upstreams;
    std::uint64_t card_endurance = 0;  // bytes that the card may be written in its life; 0: not said
    store::CommandBook::Counts commands{};
    std::vector<std::string> commands_allowed{};  // topic filters
    store::AlarmCounts alarms{};
    ConfigurationFacts configuration{};
    LoadFacts load{};
    std::optional<Accounts::Counts> accounts{};  // none: they are switched off
    std::uint64_t relearned = 0;                 // series of which more became known, since start
    bool clock_synchronised = false;             // the kernel believes it
    std::string zone;                            // of the machine: "Europe/Berlin"; empty: not known
    std::size_t devices = 0, devices_offline = 0, devices_stale = 0;
    store::StoreState store;  // of the same moment as the upstreams' books
};

// The functions are called on the web server's thread; they must not block.
struct Facts {
    std::function<GatewayFacts()> gateway;
    std::function<std::string()> metrics;                    // Prometheus text
    std::function<void(const std::string&)> retry_upstream;  // by id
    store::DeadLetters* dead_letters = nullptr;              // none: there are none

    // A command as a client asks for it, JSON; on the pool's thread. Errors: invalid, denied, full.
    std::function<Result<store::CommandAdded>(const std::string&)> command{};
    std::function<std::vector<CommandLinkFacts>()> command_links{};  // any thread
    store::CommandBook* commands = nullptr;                          // none: there are none
    store::AlarmBook* alarms = nullptr;                              // likewise

    // Takes in what was posted; any thread, does not block. None: nothing can be.
    std::function<void(Post, PostDone)> post{};

    // Follows the next message on a topic that this filter matches through the gateway, for so many seconds;
    // its id. Errors: invalid (the filter), full (one is being followed).
    std::function<Result<std::string>(const std::string&, std::int64_t)> begin_trace{};
    std::function<std::string()>
        trace{};  // JSON: the last one that was begun, as far as it is; empty: there was none
    Accounts* accounts = nullptr;                         // none: everybody is admin
    std::function<std::vector<DeviceFacts>()> devices{};  // any thread; an order that stays. None: not known

    // What the gateway would make of a message, JSON in and out; any thread. Error: invalid.
    std::function<Result<std::string>(const std::string&)> decode{};
    std::function<SeenMessages(const std::vector<std::string>& topics)> last_messages{};  // any thread
    std::function<SeenMessages()> rejected_messages{};                                    // any thread
    std::function<std::string()> configuration{};  // as TOML, what is in effect; no secret is in it
    std::function<std::vector<AlarmRuleFacts>()> alarm_rules{};

    std::function<std::vector<ControlFacts>()>
        controls{};                       // any thread; what devices say that they can be told
    store::Notebook* notebook = nullptr;  // for what is to outlive a restart; none: nothing does
};

}  // namespace tidegate::web

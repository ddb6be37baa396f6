#pragma once

#include "base/error.hpp"
#include "store/live_table.hpp"
#include "web/server/subscription.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The text of docs/live-protocol.md: reading what clients say, writing what they are told. Pure.
namespace tidegate::web {

inline constexpr std::string_view live_subprotocol = "tidegate.v1.json";
inline constexpr std::size_t largest_live_message = 16 * 1024;
inline constexpr std::array<std::int64_t, 8> live_rates{20, 50, 100, 250, 500, 1000, 2000, 5000};  // ms
inline constexpr std::int64_t default_rate = 500;
inline constexpr std::uint16_t too_many_live = 4429;  // close code
inline constexpr std::size_t most_live_ids = 256;     // in a subscription
inline constexpr std::size_t most_live_names = 64;    // topic filters, or devices, likewise
inline constexpr std::size_t longest_device = 256;    // bytes

// The class that a wished rate is rounded up to.
std::int64_t rate_class(std::int64_t wished_ms);

struct ClientMessage {
    enum class Kind { hello, set, pause, resume, heartbeat, unknown };
    Kind kind = Kind::unknown;
    std::string epoch;                 // hello; empty: the first time
    store::Version seq = 0;            // hello
    std::optional<std::int64_t> rate;  // as a class
    std::optional<SubscriptionWish> wish;
};

// An error's text becomes the reason of the close frame: short.
Result<ClientMessage> parse_client_message(std::string_view text);

struct Welcome {
    std::string epoch, run, gateway, build;
    store::Version seq = 0;
    std::int64_t time_ms = 0, rate = 0, heartbeat = 0;
    bool resume = false;
    store::SeriesId revision = 0;
};

// What an update says of one series beside its value.
struct UpdateItem {
    const store::Latest* latest = nullptr;
    store::Freshness freshness = store::Freshness::never;
};

struct Update {
    store::Version from = 0, seq = 0;
    std::int64_t time_ms = 0;
    bool ages = false;                       // it spans more than one rate: say how long ago each was heard
    std::vector<UpdateItem> changed, heard;  // rising ids
};

std::string welcome_frame(const Welcome& welcome);
std::string update_frame(const Update& update);
std::string freshness_frame(const std::vector<UpdateItem>& items);
std::string catalogue_frame(store::SeriesId revision);
std::string heartbeat_frame(store::Version seq, std::int64_t time_ms);
std::string bye_frame(std::string_view why);

// Rising ids as the first one and then the differences.
void append_gaps(std::string& out, std::span<const UpdateItem> items);

}  // namespace tidegate::web

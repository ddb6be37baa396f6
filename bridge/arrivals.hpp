#pragma once

#include "bridge/intake_ring.hpp"
#include "bridge/mqtt_client.hpp"
#include "bridge/redeliveries.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace tidegate::bridge {

// What arrives on a subscriber's connection and goes into the ring: take() is for Paho's receive thread, all
// else for any. Private to bridge/.
class Arrivals {
public:
    struct Rules {
        std::size_t largest_payload = 0;  // bytes; of a larger one only that it came is kept
        std::vector<std::string> own{};   // topic filters of what we publish ourselves: never taken in
    };

    // `ring` outlives it.
    Arrivals(IntakeRing& ring, Rules rules) : ring_(ring), rules_(std::move(rules)) {}

    // Tells from now on what comes again, by a memory of what came (bridge/redeliveries.hpp). Errors: those
    // of Redeliveries::open().
    Result<> remember(const std::filesystem::path& file, const std::string& session);

    void connecting();                           // an attempt begins
    void connected(bool same_session) noexcept;  // and the broker has the session of before
    void look_at_clock();                        // whether what comes now is stamped by a clock that is right

    // False: there was no room, so it must come again: the connection has to go before Paho acknowledges it.
    bool take(const MqttArrival& arrival, const std::stop_token& stop) noexcept;

    bool taking() const { return heard_ms_ == under_way; }  // one is being taken in, perhaps for long
    bool silent_for(std::chrono::milliseconds time) const;  // nothing came so long, nor is being taken in
    bool full() const { return full_; }                     // the connection had to go for want of room
    bool was_full() { return full_.exchange(false); }

    std::uint64_t duplicates() const { return duplicates_; }    // that came with DUP
    std::uint64_t redelivered() const { return redelivered_; }  // of them: that had come before, for certain
    std::uint64_t own() const { return own_; }                  // of our own that came back, and went

private:
    static constexpr std::int64_t under_way = std::numeric_limits<std::int64_t>::max();

    bool is_own(std::string_view topic) const;
    bool keep(const Message& message, const Redeliveries::Delivery& delivery, const std::stop_token& stop);

    IntakeRing& ring_;
    Rules rules_;
    std::optional<Redeliveries> redeliveries_;
    std::atomic<bool> unsynchronised_ = true;
    std::atomic<std::int64_t> heard_ms_ = 0;  // boot clock of the last message, or `under_way`
    std::atomic<bool> full_ = false;
    std::atomic<std::uint64_t> duplicates_ = 0, redelivered_ = 0, own_ = 0;
};

}  // namespace tidegate::bridge

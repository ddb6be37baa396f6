#pragma once

#include "firmware-sim/fleet.hpp"
#include "firmware-sim/random.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::sim {

enum class Fault : std::uint8_t { dropout, duplicate, late, clock, bad, flood, reboot };
inline constexpr std::size_t fault_count = 7;
std::string_view to_string(Fault fault);
std::optional<Fault> fault_named(std::string_view name);

// How often each happens: a share of the messages, of `clock` a share of the devices.
using FaultRates = std::array<double, fault_count>;

// A fleet to which things happen, the same for the same seed:
//   dropout    the device is silent for its next 20 messages: they are never sent
//   duplicate  the message is sent twice
//   late       the device keeps its next 20 messages, and sends them at once
//   clock      the device's own clock is an hour ahead, a day behind, or begins in 1970
//   bad        JSON is cut in half or nested a thousand deep, others are empty; or it is bytes, and no text
//   flood      the device sends 100 messages at once
//   reboot     its will is sent, then its births; volatile counters begin at 0
class FaultyFleet : public Source {
public:
    static constexpr int spell = 20;  // messages that a dropout or a delay lasts
    static constexpr int flood = 100;

    FaultyFleet(Fleet fleet, const FaultRates& rates, std::uint64_t seed);

    Message next(std::int64_t time_ms) override;
    std::vector<Message> farewell() const override { return fleet_.farewell(); }
    std::map<std::string, std::uint64_t> faults() const override;

private:
    struct Trouble {
        int silent = 0;   // messages that it still is so
        int holding = 0;  // messages that it still keeps
        std::vector<Message> held;
    };

    bool happens(Fault fault);
    void set_clocks();
    bool keeps_back(const Message& message);  // it is not sent now
    void befall(Message message, std::int64_t time_ms);
    std::string broken(const std::string& payload);

    Fleet fleet_;
    FaultRates rates_;
    Random random_;
    std::vector<Trouble> troubles_;  // by device
    std::deque<Message> pending_;
    std::array<std::uint64_t, fault_count> counts_{};
    std::int64_t first_ms_ = 0;  // when the fleet began: 1970 is told from there
};

}  // namespace tidegate::sim

#pragma once

#include <cstdint>
#include <string>
#include <vector>

// What messages say of whether devices are there, as the decoders read it; gateway/liveness makes something
// of it.
namespace tidegate::gateway {

// A topic that says whether a device is there, and in which words. Empty words: the usual ones.
struct AvailabilityTopic {
    std::string topic;
    std::string
        pointer{};  // of the word in a JSON payload; empty: the payload, or where the usual ones have it
    std::string yes{}, no{};

    bool operator==(const AvailabilityTopic&) const = default;
};

// Where there are several (Home Assistant's availability_mode): the last to have spoken, all must say that it
// is there, or any.
enum class AvailabilityMode : std::uint8_t { latest, all, any };

// Discovery says which topics speak for a device. Empty device: for whoever has this topic as its own.
struct DeclaredAvailability {
    std::string device;
    std::vector<AvailabilityTopic> topics;
    AvailabilityMode mode = AvailabilityMode::latest;

    bool operator==(const DeclaredAvailability&) const = default;
};

// A message says it outright: a birth, a death, a device that is gone.
struct PresenceWord {
    std::string device;
    bool there = false;
    bool below = false;  // and of all devices whose name begins with this one's and a slash
    std::string why{};
};

}  // namespace tidegate::gateway

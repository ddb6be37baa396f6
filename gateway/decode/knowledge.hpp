#pragma once

#include "gateway/decode/description.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidegate::gateway {

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class T>
using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

enum class Datatype : std::uint8_t { unknown, text, number, integer, boolean };

// What one message says of a series whose values come in others. Empty text: it does not say.
struct Facts {
    std::string name, unit, device, device_class;
    std::string availability;     // topic that says whether the device is there
    std::uint32_t expires_s = 0;  // a value is stale so long after it came; 0: not said
    Datatype datatype = Datatype::unknown;
    bool event = false;  // values are events, and no states

    bool operator==(const Facts&) const = default;
};

// The facts that discovery, births and descriptions have told, by the message that told them: told again,
// they replace what it said before; taken back, they go. Bounded in number and length. The pipeline's thread
// alone.
class Knowledge {
public:
    static constexpr std::string_view every_field = "*";  // as pointer: of all fields of the topic

    explicit Knowledge(std::size_t most) : most_(most) {}

    // Of topic#pointer, told by the message on `source`. False: there is no room for more.
    bool learn(std::string_view source, std::string_view topic, std::string_view pointer, Facts facts);
    void forget(std::string_view source);

    // Everything known of topic#pointer, the newest source last; empty facts where nothing is.
    Facts about(std::string_view topic, std::string_view pointer) const;
    bool knows(std::string_view topic) const { return topics_.find(topic) != topics_.end(); }
    bool knows_events() const
    {
        return knows_events_;
    }  // whether it was ever told that something is an event

    // What was learned since the last call, and of which series.
    struct Place {
        std::string topic, pointer;
    };
    std::vector<Place> take_news();

    // Facts that were not kept as they came, since the start.
    struct Refusals {
        std::uint64_t full = 0;      // there was no room
        std::uint64_t too_long = 0;  // topic and pointer are longer than any that is kept
        std::uint64_t cut = 0;       // kept, with a text that was longer than 256 bytes cut
        std::string last{};          // the last of them, for people
        std::uint64_t all() const { return full + too_long + cut; }
    };
    const Refusals& refusals() const { return refusals_; }

    std::size_t size() const { return size_; }
    std::size_t most() const { return most_; }

private:
    struct Entry {
        std::string pointer;
        std::string source;
        Facts facts;
    };

    const std::size_t most_;
    bool refuse(std::uint64_t& count, std::string_view topic, std::string_view why);

    std::size_t size_ = 0;
    bool knows_events_ = false;
    Refusals refusals_;
    ByText<std::vector<Entry>> topics_;
    ByText<std::vector<std::string>> sources_;  // the topics that each speaks of
    std::vector<Place> news_;
};

// Fills in what the facts say, and leaves the rest as it is.
void overlay(Description& series, const Facts& facts);

}  // namespace tidegate::gateway

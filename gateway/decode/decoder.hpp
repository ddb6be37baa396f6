#pragma once

#include "base/topic_trie.hpp"
#include "gateway/decode/decoded.hpp"
#include "gateway/decode/message.hpp"
#include "gateway/decode/state.hpp"
#include "store/series_table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::gateway {

struct Family;

// What messages say, each understood in the light of those before it (docs/decisions/0017): an explicit rule
// comes first, then the family that the topic belongs to, then what discovery has bound, then the structure
// of the payload, then a bare number or word, then text. Any bytes are safe to give: size, depth, number of
// values and what is remembered are bounded. One thread at a time.
class Decoder {
public:
    explicit Decoder(DecodeLimits limits = {});

    void set_limits(const DecodeLimits& limits) { limits_ = limits; }  // of messages from now on

    // Messages on topics that match `filter` are read by this decoder: a family's name, or "json", "cbor",
    // "messagepack", "line-protocol", "senml", "scalar", "text". The first that matches counts. `place`:
    // where that is written, for people. False: there is no such decoder.
    bool read_as(std::string_view filter, std::string_view decoder, std::string place = {});
    void forget_rules();  // of all calls
    static bool knows(std::string_view decoder);
    static std::vector<std::string_view> names();  // of all that there are

    Decoded decode(const Message& message);

    // A series as topic and field give it away, and all that has been learned of it.
    Description describe(std::string_view topic, std::string_view field) const;

    std::vector<Knowledge::Place> take_news() { return state_.knowledge.take_news(); }
    // What is to be asked by the clock, though nothing comes; a few times a second, wall clock.
    void tick(std::int64_t now_ms);
    std::vector<Request> take_requests() { return std::exchange(state_.requests, {}); }

    // What the last message said of who speaks for a device, and of whether one is there.
    std::vector<DeclaredAvailability> take_declared() { return std::exchange(state_.declared, {}); }
    std::vector<PresenceWord> take_words() { return std::exchange(state_.words, {}); }

    const State& state() const { return state_; }

private:
    struct RuleDecoder {
        std::string_view name;  // of static storage
        std::string place, filter;
        const Family* family;  // none: a form of payloads
    };
    Decoded as_it_says(const Message& message);
    const RuleDecoder* rule_of(std::string_view topic) const;
    std::optional<Decoded> by_rule(const Message& message);
    Decoded by_chain(const Message& message, const Topic& topic);
    void complete(const Message& message, Decoded& decoded) const;
    void describe_by_family(const Topic& topic, Description& series) const;
    const Family* bound(const Topic& topic) const;  // whose messages discovery says these are; none: nobody's

    DecodeLimits limits_;
    State state_;
    TopicTrie rules_;  // of places in the next
    std::vector<RuleDecoder> rule_decoders_;
};

// A series that is made for this field: what its topic and pointer and all that was learned say, and what the
// payload says itself.
Description describe_field(const Decoder& decoder,
                           std::string_view topic,
                           std::string_view pointer,
                           const Field& field);

}  // namespace tidegate::gateway

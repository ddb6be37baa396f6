#pragma once

#include "store/books.hpp"
#include "store/reading.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::gateway {

struct DecodeLimits {
    std::size_t payload = 256UL * 1024;  // bytes
    std::size_t depth = 32;              // of JSON, CBOR, MessagePack
    std::size_t fields = 1000;           // values in one payload
    std::size_t metadata = 100'000;      // facts kept from discovery, births and descriptions
};

enum class Kind : std::uint8_t {
    reading,       // a measurement or a state
    event,         // something happened at that moment: equal ones are not repeats
    availability,  // whether a device is there
    metadata,      // says something of other series; is remembered, and is no series itself
};

struct Field {
    std::string pointer;  // RFC 6901; empty for a scalar payload
    store::Value value;
    Kind kind = Kind::reading;
    std::string unit{};        // as the payload itself says it; empty: it does not
    std::string name{};        // likewise
    std::string source{};      // which of the devices that share the topic says it, as the payload names it
    std::int64_t time_ms = 0;  // UTC, as the payload says of this one value; 0: that of the message
};

// By what the decoder of a message was chosen (docs/decisions/0017).
enum class Chosen : std::uint8_t {
    nobody,     // it was not decoded
    rule,       // a [[rule]] names it
    topic,      // the topic is one of the family's
    discovery,  // discovery says what is on this topic
    structure,  // the payload alone
    post,       // it was posted, in a form that says what it is
};

struct Decoded {
    std::vector<Field> fields;
    std::optional<store::Reject> rejected;  // then there are no fields
    std::string_view decoder;               // which one understood it: "json", "tasmota", "text" …
    std::string why;                        // for people: why it was rejected, and where
    Chosen chosen = Chosen::nobody;
    std::string_view
        rule{};  // where the rule that chose is written, in the decoder's storage; empty: none did
    std::int64_t time_ms = 0;  // UTC, as the device says; 0: it does not, or not in a zone that is known
    std::size_t absent = 0;    // values that were null or NaN: counted, and never a reading

    // Pointers and texts that say when, and are no reading: "2026-11-24T05:00:00Z".
    std::vector<std::pair<std::string, std::string>> times{};
};

Decoded rejected(store::Reject reason, std::string why);

// "rule", "topic", "discovery", "structure", "scalar", "text", "post"; of static storage. Empty: nobody
// chose.
std::string_view chosen_by(const Decoded& decoded);
std::string chosen_because(const Decoded& decoded);  // for people: "because its topic is one of tasmota's"

}  // namespace tidegate::gateway

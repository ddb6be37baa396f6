#pragma once

#include "store/books.hpp"
#include "store/reading.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::gateway {

struct DecodeLimits {
    std::size_t payload = 256UL * 1024;  // bytes
    std::size_t depth = 32;              // of JSON
    std::size_t fields = 1000;           // values in one payload
};

struct Field {
    std::string pointer;  // RFC 6901; empty for a scalar payload
    store::Value value;
};

struct Decoded {
    std::vector<Field> fields;
    std::optional<store::Reject> rejected;  // then there are no fields
    std::string_view decoder;               // which one understood it: "json", "scalar", "text"
    std::string why;                        // for people: why it was rejected, and where
};

// What a payload says: JSON becomes a field a value, anything else one scalar. Any bytes are safe to give:
// size, depth and number of fields are bounded before anything is built, and no tree ever is. Pure; any
// thread.
Decoded decode(std::string_view payload, const DecodeLimits& limits);

}  // namespace tidegate::gateway

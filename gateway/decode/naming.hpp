#pragma once

#include "gateway/decode/decoded.hpp"
#include "gateway/decode/description.hpp"
#include "gateway/decode/message.hpp"

#include <span>
#include <string>
#include <string_view>

// What names give away. All of it is pure.
namespace tidegate::gateway {

struct Unit {
    std::string_view name;  // in lower case
    std::string_view unit;
};

// The unit of a name, or empty.
std::string_view look_up(std::span<const Unit> units, std::string_view name);

// Of a name that ends with one of them.
std::string_view look_up_ending(std::span<const Unit> endings, std::string_view name);

std::string lowered(std::string_view text);

// "/AM2301/Temperature" as words: "AM2301 Temperature".
std::string words_of(std::string_view pointer);

// The last step of a pointer that is not an index, as it was before it was escaped: "Power" of
// "/ENERGY/Power/0".
std::string quantity_of(std::string_view pointer);

// The last step of a pointer, escaped as it is.
std::string_view last_step(std::string_view pointer);

// "a/b/c" as "a b c".
std::string spaced(std::string_view levels);

// Device and name of a series that no family claims: a topic a value hangs on its device; with JSON the topic
// is the device. And its unit, where the name can mean one thing only ("temperature_C").
void describe_any(const Topic& topic, Description& series);
std::string_view telling_unit(std::string_view name);  // in lower case

// The class of a series (as Home Assistant calls them: "temperature", "power" …), where its unit, and for a
// percentage its name, can mean one thing only; else empty.
std::string_view class_of(const Description& series);

// The field with this pointer, or none.
const Field* find_field(const Decoded& decoded, std::string_view pointer);

// Removes the fields for which `unwanted` holds. When none is left, nothing was a reading.
template <class Unwanted>
void leave_out(Decoded& decoded, const Unwanted& unwanted)
{
    std::erase_if(decoded.fields, [&](const Field& field) { return unwanted(field); });
    if (decoded.rejected || !decoded.fields.empty()) return;
    decoded.rejected = store::Reject::no_reading;
    decoded.why = "nothing in it is a reading";
}

void mark(Decoded& decoded, Kind kind);  // all its fields

}  // namespace tidegate::gateway

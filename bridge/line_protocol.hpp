#pragma once

#include "bridge/series_pattern.hpp"
#include "bridge/sink.hpp"

#include <string>

namespace tidegate::bridge {

// How a series is named in InfluxDB. The field key is the reading's field without its first "/"; of a window,
// a summary or an alarm it is "temperature_10min_mean".
struct LineRules {
    SeriesPattern measurement;
    Labels labels{};  // its tags; a tag without value is left out
    bool typed_integers = false;
};

// The records as InfluxDB line protocol, a line each, times in milliseconds. Booleans and texts as they are.
// Integers: with typed_integers all as `42i`; without, as the float that they equal, so that a series that
// says 21 and then 21.5 is one field, and those that no float equals as `i` in the field NAME_integer.
//
// What the format cannot say in names: a line break, or a backslash before a character that is escaped or at
// the end, becomes "_"; a name "time" becomes "time_"; an empty one "_".
//
// Errors: those of fits_line() for any of the records. Pure.
Result<std::string> line_protocol(const Delivery& delivery, const LineRules& rules);

// Whether a reading can be written at all. Errors: invalid: NaN or an infinity, or a time that InfluxDB does
// not have (before 1677 or after 2262). Pure.
Result<> fits_line(const store::Reading& reading);

}  // namespace tidegate::bridge

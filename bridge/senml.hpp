#pragma once

#include "bridge/series_pattern.hpp"
#include "bridge/sink.hpp"

#include <string>

namespace tidegate::bridge {

// The records as a SenML pack in JSON (RFC 8428): base name GATEWAY/, name TOPIC/FIELD, times in seconds. In
// names every character that SenML does not allow becomes "_". A unit is there where SenML has a name for it
// (°C is "Cel"). SenML has no place for seq, epoch, tags and gaps: a receiver that must tell repeats apart
// takes json or cbor. Errors: those of fits_senml() for any of the records. Pure.
Result<std::string> senml_json(const Delivery& delivery, const Labels& labels);

// Whether SenML can say a reading. Errors: invalid: NaN or an infinity, a time before July 1978. Pure.
Result<> fits_senml(const store::Reading& reading);

}  // namespace tidegate::bridge

#pragma once

#include "bridge/series_pattern.hpp"
#include "bridge/sink.hpp"

#include <string>

namespace tidegate::bridge {

// The delivery as the upstreams get it:
//   {"gateway":"…","epoch":"16 hex digits","records":[{"seq","topic","field","t","v","unit","flags"},
//   …],"gaps":[{"first","last","topic","field","from","to","count","reason","resolution_ms"},…]}
// `unit`, `flags` ("retained", "unsynchronised", "late": Delivery::late) and `tags` (an object of texts) are
// left out when empty; `topic` to `to` of a gap are where it is not known what was lost, `resolution_ms`
// where nothing is left. A record whose series is not known any more has an empty topic. Pure.
std::string delivery_json(const Delivery& delivery, const Labels& labels = {});

// GATEWAY/EPOCH/FIRST-LAST, of gaps GATEWAY/EPOCH/gaps/FIRST-LAST, of a stripe GATEWAY/EPOCH/FIRST-LAST/2of8:
// the same for the same records, and for no others, so that the other side can drop what it has. For HTTP
// headers: what is no printable ASCII in the gateway's id is left out.
std::string delivery_key(const Delivery& delivery);

// The epoch as upstreams see it, 16 hex digits.
std::string epoch_text(std::uint64_t epoch);

}  // namespace tidegate::bridge

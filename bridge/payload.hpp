#pragma once

#include "bridge/series_pattern.hpp"
#include "bridge/sink.hpp"

#include <string>
#include <string_view>

namespace tidegate::bridge {

enum class PayloadFormat { json, cbor, senml };

// How a delivery is written for upstreams that take batches.
struct PayloadRules {
    PayloadFormat format = PayloadFormat::json;
    Labels labels{};
};

// json: delivery_json(). cbor: the same document as CBOR (RFC 8949). senml: senml_json(). Errors: invalid,
// when the format cannot say a record. Pure.
Result<std::string> payload_of(const Delivery& delivery, const PayloadRules& rules);
bool has_gaps(PayloadFormat format);  // whether it has a place for them
std::string_view content_type_of(PayloadFormat format);

}  // namespace tidegate::bridge

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
// False: there is nothing in it that the format has a place for; it is as good as delivered.
bool says_something(const Delivery& delivery, PayloadFormat format);
Result<std::string> payload_of(const Delivery& delivery, const PayloadRules& rules);
std::string_view content_type_of(PayloadFormat format);

}  // namespace tidegate::bridge

#include "bridge/payload.hpp"

#include "bridge/delivery_json.hpp"
#include "bridge/senml.hpp"

#include <nlohmann/json.hpp>

namespace tidegate::bridge {

namespace {

// The document is written once, in delivery_json(); CBOR is another spelling of it.
std::string as_cbor(const std::string& json)
{
    std::string out;
    nlohmann::ordered_json::to_cbor(nlohmann::ordered_json::parse(json, nullptr, false), out);
    return out;
}

}  // namespace

Result<std::string> payload_of(const Delivery& delivery, const PayloadRules& rules)
{
    switch (rules.format) {
    case PayloadFormat::json: break;
    case PayloadFormat::cbor: return as_cbor(delivery_json(delivery, rules.labels));
    case PayloadFormat::senml: return senml_json(delivery, rules.labels);
    }
    return delivery_json(delivery, rules.labels);
}

bool has_gaps(PayloadFormat format)
{
    return format != PayloadFormat::senml;
}

std::string_view content_type_of(PayloadFormat format)
{
    switch (format) {
    case PayloadFormat::json: return "application/json";
    case PayloadFormat::cbor: return "application/cbor";
    case PayloadFormat::senml: return "application/senml+json";
    }
    return "application/octet-stream";
}

}  // namespace tidegate::bridge

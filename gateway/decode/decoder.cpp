#include "gateway/decode/decoder.hpp"

#include "base/topic_filter.hpp"
#include "gateway/decode/families/tasmota.hpp"
#include "gateway/decode/families/victron.hpp"
#include "gateway/decode/family.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"

#include <fmt/format.h>

namespace tidegate::gateway {

Decoder::Decoder(DecodeLimits limits) : limits_(limits), state_(limits) {}

bool Decoder::read_as(std::string filter, std::string_view decoder)
{
    const auto* family = family_named(decoder);
    const auto name = family != nullptr ? family->name : form_name(decoder);
    if (name.empty()) return false;
    rules_.push_back({std::move(filter), name});
    return true;
}

Decoded Decoder::decode(const Message& message)
{
    state_.declared.clear();
    state_.words.clear();
    if (message.payload.size() > limits_.payload)
        return rejected(store::Reject::too_large, fmt::format("{} bytes, limits.payload is {}",
                                                              message.payload.size(), limits_.payload));
    const Topic topic(message.topic);
    for (const auto& rule : rules_) {
        if (!matches(rule.filter, message.topic)) continue;
        if (auto form = read_as_form(rule.decoder, message.payload, limits_)) return std::move(*form);
        if (const auto* family = family_named(rule.decoder))
            if (auto decoded = family->decode(message, topic, state_, limits_)) return std::move(*decoded);
        break;
    }
    return by_chain(message, topic);
}

Decoded Decoder::by_chain(const Message& message, const Topic& topic)
{
    for (const auto* family : families()) {
        if (!family->claims(topic)) continue;
        auto decoded = family->decode(message, topic, state_, limits_);
        if (!decoded) continue;
        decoded->decoder = family->name;
        return std::move(*decoded);
    }
    if (const auto* family = bound(topic)) {
        auto decoded = family->decode(message, topic, state_, limits_);
        if (decoded) {
            decoded->decoder = family->name;
            return std::move(*decoded);
        }
    }
    auto decoded = read_payload(message.payload, limits_);
    if (!decoded.rejected && state_.knowledge.size() > 0 && state_.knowledge.knows(message.topic))
        decoded.decoder = "discovery";
    return decoded;
}

const Family* Decoder::bound(const Topic& topic) const
{
    return state_.tasmota.of(topic) != nullptr ? &tasmota : nullptr;
}

void Decoder::tick(std::int64_t now_ms)
{
    keep_victron_alive(state_, now_ms);
}

Description Decoder::describe(std::string_view topic, std::string_view field) const
{
    const Topic levels(topic);
    Description series;
    series.topic = topic;
    series.field = field;
    describe_any(levels, series);
    const auto* family = family_of(levels);
    if (family == nullptr) family = bound(levels);
    if (family != nullptr) family->describe(levels, series);
    if (const auto* device = state_.tasmota.of(levels)) {
        series.device = device->name;
        series.availability = device->availability;
    }
    overlay(series, state_.knowledge.about(topic, field));
    return series;
}

Description describe_field(const Decoder& decoder,
                           std::string_view topic,
                           std::string_view pointer,
                           const Field& field)
{
    auto series = decoder.describe(topic, pointer);
    if (!field.source.empty()) series.device = field.source;
    if (!field.unit.empty()) series.unit = field.unit;
    if (!field.name.empty()) series.name = field.name;
    return series;
}

}  // namespace tidegate::gateway

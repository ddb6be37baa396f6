#include "gateway/decode/decoder.hpp"

#include "gateway/decode/families/tasmota.hpp"
#include "gateway/decode/families/victron.hpp"
#include "gateway/decode/family.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"

#include <fmt/format.h>

namespace tidegate::gateway {

Decoder::Decoder(DecodeLimits limits) : limits_(limits), state_(limits) {}

namespace {

// Of static storage; empty: there is none of this name.
std::string_view known_name(std::string_view decoder)
{
    const auto* family = family_named(decoder);
    return family != nullptr ? family->name : form_name(decoder);
}

}  // namespace

bool Decoder::knows(std::string_view decoder)
{
    return !known_name(decoder).empty();
}

std::vector<std::string_view> Decoder::names()
{
    auto names = form_names();
    for (const auto* family : families()) names.push_back(family->name);
    return names;
}

void Decoder::forget_rules()
{
    rules_ = {};
    rule_decoders_.clear();
}

bool Decoder::read_as(std::string_view filter, std::string_view decoder, std::string place)
{
    const auto name = known_name(decoder);
    if (name.empty()) return false;
    rules_.add(filter, static_cast<std::uint32_t>(rule_decoders_.size()));
    rule_decoders_.push_back({name, std::move(place)});
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
    if (!rules_.empty())
        if (auto decoded = by_rule(message, topic)) return std::move(*decoded);
    return by_chain(message, topic);
}

std::optional<Decoded> Decoder::by_rule(const Message& message, const Topic& topic)
{
    const auto none = static_cast<std::uint32_t>(rule_decoders_.size());
    const auto rule = rules_.least(message.topic, none);
    if (rule == none) return std::nullopt;
    const auto& [name, place] = rule_decoders_[rule];
    auto decoded = read_as_form(name, message.payload, limits_);
    if (!decoded)
        if (const auto* family = family_named(name))
            decoded = family->decode(message, topic, state_, limits_);
    if (!decoded) return std::nullopt;
    decoded->decoder = name;
    decoded->chosen = Chosen::rule;
    decoded->rule = place;
    return decoded;
}

Decoded Decoder::by_chain(const Message& message, const Topic& topic)
{
    for (const auto* family : families()) {
        if (!family->claims(topic)) continue;
        auto decoded = family->decode(message, topic, state_, limits_);
        if (!decoded) continue;
        decoded->decoder = family->name;
        decoded->chosen = Chosen::topic;
        return std::move(*decoded);
    }
    if (const auto* family = bound(topic)) {
        auto decoded = family->decode(message, topic, state_, limits_);
        if (decoded) {
            decoded->decoder = family->name;
            decoded->chosen = Chosen::discovery;
            return std::move(*decoded);
        }
    }
    auto decoded = read_payload(message.payload, limits_);
    decoded.chosen = Chosen::structure;
    if (!decoded.rejected && state_.knowledge.size() > 0 && state_.knowledge.knows(message.topic)) {
        decoded.decoder = "discovery";
        decoded.chosen = Chosen::discovery;
    }
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

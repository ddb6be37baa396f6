#include "gateway/decode/decoder.hpp"

#include "gateway/decode/families/senml.hpp"
#include "gateway/decode/families/tasmota.hpp"
#include "gateway/decode/families/victron.hpp"
#include "gateway/decode/families/wirenboard.hpp"
#include "gateway/decode/family.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"

#include <algorithm>
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

// Levels of a filter before the first wildcard; all but the last where it has none.
std::size_t levels_said(std::string_view filter)
{
    const auto wildcard = filter.find_first_of("+#");
    const auto said = filter.substr(0, wildcard);
    return static_cast<std::size_t>(std::count(said.begin(), said.end(), '/'));
}

struct Fitted {
    Topic topic;
    bool fits;  // false: the family does not know what its levels mean
};

// The topic as a family sees it that a rule has named: as it is, where it is one of the family's; behind a
// prefix
// ("copy/N/…"), where the rest of it is; or with what the rule's filter says as the family's base topic
// ("home/zigbee/#").
Fitted fitted(const Family& family, std::string_view text, std::string_view filter)
{
    const Topic topic(text);
    if (family.claims(topic)) return {topic, true};
    for (std::size_t first = 1; first < topic.size(); ++first)
        if (family.claims(Topic(topic.from(first)))) return {Topic(text, first + 1), true};
    const auto said = levels_said(filter);
    if (!family.has_base || said >= topic.size()) return {topic, false};
    return {Topic(text, std::max<std::size_t>(said, 1)), true};
}

// A reading whose family cannot make anything of its topic is one all the same.
bool is_lost(const Decoded& decoded)
{
    if (decoded.rejected) return decoded.rejected == store::Reject::no_reading;
    return std::all_of(decoded.fields.begin(), decoded.fields.end(), [](auto& field) {
        return field.kind == Kind::metadata || field.kind == Kind::availability;
    });
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
    rule_decoders_.push_back({name, std::move(place), std::string(filter), family_named(decoder)});
    return true;
}

// A text stays in memory as the latest value of its series, so no device may make it a picture.
Decoded Decoder::decode(const Message& message)
{
    auto decoded = as_it_says(message);
    const auto too_long = [&](const Field& field) {
        const auto* text = std::get_if<std::string>(&field.value);
        return text != nullptr && text->size() > limits_.text;
    };
    const auto found = std::ranges::find_if(decoded.fields, too_long);
    if (found == decoded.fields.end()) return decoded;
    const auto why = fmt::format("the text {} has {} bytes, limits.text is {}",
                                 found->pointer.empty() ? "of the payload" : found->pointer,
                                 std::get<std::string>(found->value).size(), limits_.text);
    decoded.absent += std::erase_if(decoded.fields, too_long);
    if (decoded.fields.empty()) return rejected(store::Reject::too_large, why);
    return decoded;
}

Decoded Decoder::as_it_says(const Message& message)
{
    state_.declared.clear();
    state_.words.clear();
    if (message.payload.size() > limits_.payload)
        return rejected(store::Reject::too_large, fmt::format("{} bytes, limits.payload is {}",
                                                              message.payload.size(), limits_.payload));
    const Topic topic(message.topic);
    if (!rules_.empty())
        if (auto decoded = by_rule(message)) {
            complete(message, *decoded);
            return std::move(*decoded);
        }
    auto decoded = by_chain(message, topic);
    complete(message, decoded);
    return decoded;
}

// What only who knows the message's arrival, or what was learned, can say.
void Decoder::complete(const Message& message, Decoded& decoded) const
{
    if (decoded.decoder == "senml")
        for (auto& field : decoded.fields)
            if (field.time_ms != 0 && field.time_ms < relative_below_ms) field.time_ms += message.arrived_ms;
    const auto& knowledge = state_.knowledge;
    if (!knowledge.knows_events() || !knowledge.knows(message.topic)) return;
    for (auto& field : decoded.fields)
        if (field.kind == Kind::reading && knowledge.about(message.topic, field.pointer).event)
            field.kind = Kind::event;
}

const Decoder::RuleDecoder* Decoder::rule_of(std::string_view topic) const
{
    if (rules_.empty()) return nullptr;
    const auto none = static_cast<std::uint32_t>(rule_decoders_.size());
    const auto rule = rules_.least(topic, none);
    return rule == none ? nullptr : &rule_decoders_[rule];
}

std::optional<Decoded> Decoder::by_rule(const Message& message)
{
    const auto* rule = rule_of(message.topic);
    if (rule == nullptr) return std::nullopt;
    auto decoded = read_as_form(rule->name, message.payload, limits_);
    if (!decoded && rule->family != nullptr) {
        const auto [topic, fits] = fitted(*rule->family, message.topic, rule->filter);
        decoded = rule->family->decode(message, topic, state_, limits_);
        if (!decoded || (!fits && is_lost(*decoded))) decoded = read_payload(message.payload, limits_);
    }
    if (!decoded) return std::nullopt;
    decoded->decoder = rule->name;
    decoded->chosen = Chosen::rule;
    decoded->rule = rule->place;
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
    describe_by_family(levels, series);
    if (const auto* device = state_.tasmota.of(levels)) {
        series.device = device->name;
        series.availability = device->availability;
    }
    overlay(series, state_.knowledge.about(topic, field));
    if (series.device_class.empty()) series.device_class = class_of(series);
    return series;
}

// As its rule says, else by its topic, else by discovery.
void Decoder::describe_by_family(const Topic& topic, Description& series) const
{
    const auto* rule = rule_of(topic.text());
    const auto* family = rule != nullptr ? rule->family : nullptr;
    const auto seen = family != nullptr ? fitted(*family, topic.text(), rule->filter).topic : topic;
    if (family == nullptr) family = family_of(topic);
    if (family == nullptr) family = bound(topic);
    if (family == nullptr) return;
    const auto plain = series;
    family->describe(seen, series);
    if (series.device.empty()) {
        series.device = plain.device;
        series.availability = plain.availability;
    }
    if (series.name.empty()) series.name = plain.name;
    if (family == &victron && seen.size() >= 5) series.device = victron_device(seen, state_);
    if (family == &wirenboard) overlay(series, state_.knowledge.about(seen.before(3), ""));
}

Description describe_field(const Decoder& decoder,
                           std::string_view topic,
                           std::string_view pointer,
                           const Field& field)
{
    auto series = decoder.describe(topic, pointer);
    if (!field.source.empty()) series.device = field.source;
    if (!field.unit.empty() && field.unit != series.unit) {
        const bool guessed = series.device_class == class_of(series);
        series.unit = field.unit;
        if (guessed) series.device_class = class_of(series);
    }
    if (!field.name.empty()) series.name = field.name;
    return series;
}

}  // namespace tidegate::gateway

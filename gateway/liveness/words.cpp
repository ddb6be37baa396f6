#include "gateway/liveness/words.hpp"

#include "gateway/decode/naming.hpp"
#include "gateway/decode/scalar.hpp"
#include "gateway/decode/value_text.hpp"

#include <algorithm>
#include <array>

namespace tidegate::gateway {

namespace {

// Homie's "sleeping" and "alert", Z-Wave's "asleep": there, and in a state of their own.
constexpr std::array<std::string_view, 12> there = {"online", "true",      "1",         "ready",
                                                    "alive",  "awake",     "asleep",    "sleeping",
                                                    "alert",  "connected", "available", "up"};
constexpr std::array<std::string_view, 10> gone = {
    "offline", "false", "0", "lost", "disconnected", "dead", "gone", "unavailable", "down", "not_available"};

// Where JSON has the word when nobody says where (Zigbee2MQTT, Z-Wave JS UI, Shelly).
constexpr std::array<std::string_view, 4> usual_places = {"/state", "/status", "/online", "/value"};

Said judge(const AvailabilityTopic& topic, std::string_view word)
{
    if (!topic.yes.empty() && word == topic.yes) return Said::online;
    if (!topic.no.empty() && word == topic.no) return Said::offline;
    // With words of its own the usual ones may mean anything, but for those that were not given.
    const auto usual = usual_word(word);
    if (usual == Said::online && !topic.yes.empty()) return Said::nothing;
    if (usual == Said::offline && !topic.no.empty()) return Said::nothing;
    return usual;
}

}  // namespace

Said usual_word(std::string_view word)
{
    const auto lower = lowered(word);
    if (std::ranges::find(there, lower) != there.end()) return Said::online;
    if (std::ranges::find(gone, lower) != gone.end()) return Said::offline;
    return Said::nothing;
}

Said said_by(const AvailabilityTopic& topic, std::string_view payload, const Decoded& decoded)
{
    if (!topic.pointer.empty()) {
        const auto* field = find_field(decoded, topic.pointer);
        return field == nullptr ? Said::nothing : judge(topic, text_of(field->value));
    }
    const auto word = trimmed(payload);
    if (!word.starts_with('{')) return judge(topic, word);
    for (const auto place : usual_places) {
        const auto* field = find_field(decoded, place);
        if (field == nullptr) continue;
        if (const auto said = judge(topic, text_of(field->value)); said != Said::nothing) return said;
    }
    return Said::nothing;
}

}  // namespace tidegate::gateway

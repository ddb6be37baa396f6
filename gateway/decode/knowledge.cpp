#include "gateway/decode/knowledge.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::gateway {

namespace {

constexpr std::size_t longest_text = 256;
constexpr std::size_t longest_place = 2048;  // topic and pointer
constexpr std::size_t most_of_a_topic = 1000;

// Cut where a character begins. False: it was short enough.
bool shorten(std::string& text)
{
    if (text.size() <= longest_text) return false;
    auto end = longest_text;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;
    text.resize(end);
    return true;
}

void merge(Facts& known, const Facts& more)
{
    if (!more.name.empty()) known.name = more.name;
    if (!more.unit.empty()) known.unit = more.unit;
    if (!more.device.empty()) known.device = more.device;
    if (!more.device_class.empty()) known.device_class = more.device_class;
    if (!more.availability.empty()) known.availability = more.availability;
    if (more.expires_s != 0) known.expires_s = more.expires_s;
    if (more.datatype != Datatype::unknown) known.datatype = more.datatype;
    known.event = known.event || more.event;
}

}  // namespace

bool Knowledge::learn(std::string_view source, std::string_view topic, std::string_view pointer, Facts facts)
{
    if (topic.empty()) return false;
    if (topic.size() + pointer.size() + source.size() > longest_place)
        return refuse(refusals_.too_long, topic, "topic and pointer are longer than what is remembered");
    for (auto* text : {&facts.name, &facts.unit, &facts.device, &facts.device_class})
        if (shorten(*text))
            refuse(refusals_.cut, topic, "a name or unit is longer than 256 bytes and was cut");
    if (facts.availability.size() > longest_place) facts.availability.clear();

    knows_events_ = knows_events_ || facts.event;
    auto& entries = topics_.try_emplace(std::string(topic)).first->second;
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
        return entry.pointer == pointer && entry.source == source;
    });
    if (found != entries.end()) {
        if (found->facts == facts) return true;
        found->facts = std::move(facts);
    } else if (size_ >= most_ || entries.size() >= most_of_a_topic) {
        if (entries.empty()) topics_.erase(std::string(topic));
        return refuse(refusals_.full, topic, "limits.metadata is reached, or 1,000 facts of this topic");
    } else {
        entries.push_back({std::string(pointer), std::string(source), std::move(facts)});
        ++size_;
        auto& told = sources_.try_emplace(std::string(source)).first->second;
        if (std::find(told.begin(), told.end(), topic) == told.end()) told.emplace_back(topic);
    }
    news_.push_back({std::string(topic), std::string(pointer)});
    return true;
}

bool Knowledge::refuse(std::uint64_t& count, std::string_view topic, std::string_view why)
{
    constexpr std::size_t shown = 100;
    ++count;
    refusals_.last = std::string(topic.substr(0, shown)) + ": " + std::string(why);
    return false;
}

void Knowledge::forget(std::string_view source)
{
    const auto told = sources_.find(source);
    if (told == sources_.end()) return;
    for (const auto& topic : told->second) {
        const auto entries = topics_.find(topic);
        if (entries == topics_.end()) continue;
        size_ -= std::erase_if(entries->second, [&](const Entry& entry) { return entry.source == source; });
        if (entries->second.empty()) topics_.erase(entries);
    }
    sources_.erase(told);
}

Facts Knowledge::about(std::string_view topic, std::string_view pointer) const
{
    Facts known;
    const auto entries = topics_.find(topic);
    if (entries == topics_.end()) return known;
    for (const auto& entry : entries->second)
        if (entry.pointer == every_field) merge(known, entry.facts);
    for (const auto& entry : entries->second)
        if (entry.pointer == pointer) merge(known, entry.facts);
    return known;
}

std::vector<Knowledge::Place> Knowledge::take_news()
{
    return std::exchange(news_, {});
}

void overlay(Description& series, const Facts& facts)
{
    if (!facts.name.empty()) series.name = facts.name;
    if (!facts.unit.empty()) series.unit = facts.unit;
    if (!facts.device.empty()) series.device = facts.device;
    if (!facts.device_class.empty()) series.device_class = facts.device_class;
    if (!facts.availability.empty()) series.availability = facts.availability;
    if (facts.expires_s != 0) series.expires_s = facts.expires_s;
}

}  // namespace tidegate::gateway

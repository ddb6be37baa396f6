#include "bridge/series_pattern.hpp"

#include "store/derived_name.hpp"

#include <array>
#include <charconv>
#include <fmt/core.h>

namespace tidegate::bridge {

namespace {

std::string_view level_of(std::string_view topic, std::size_t number)
{
    for (; number > 1; --number) {
        const auto slash = topic.find('/');
        if (slash == topic.npos) return {};
        topic.remove_prefix(slash + 1);
    }
    return topic.substr(0, topic.find('/'));
}

std::string_view without_slash(std::string_view field)
{
    if (field.empty()) return "value";
    if (field.size() > 1 && field.starts_with('/')) field.remove_prefix(1);
    return field;
}

// What is made from a payload that is one value is "value@10min/mean".
std::string field_of(const store::Series& series)
{
    const bool bare = series.of != 0 && series.field.starts_with('@');
    return (bare ? "value" : "") + std::string(without_slash(series.field));
}

store::DerivedName made(const store::Series& series)
{
    return store::derived_name(series).value_or(store::DerivedName{series.field, {}, {}});
}

}  // namespace

Result<SeriesPattern::Part> SeriesPattern::place_of(std::string_view name)
{
    constexpr std::array<std::pair<std::string_view, Place>, 10> places{{{"topic", Place::topic},
                                                                         {"field", Place::field},
                                                                         {"source", Place::source},
                                                                         {"window", Place::window},
                                                                         {"statistic", Place::statistic},
                                                                         {"device", Place::device},
                                                                         {"name", Place::name},
                                                                         {"unit", Place::unit},
                                                                         {"class", Place::device_class},
                                                                         {"gateway", Place::gateway}}};
    for (const auto& [known, place] : places)
        if (known == name) return Part{place};
    constexpr std::string_view level = "topic:";
    Part part{Place::level};
    if (name.starts_with(level)) {
        const auto number = name.substr(level.size());
        const auto* end = number.data() + number.size();
        const auto read = std::from_chars(number.data(), end, part.level);
        if (read.ec == std::errc() && read.ptr == end && part.level > 0) return part;
    }
    return Error{
        ErrorKind::invalid,
        fmt::format("{{{}}} is not known; there are {{topic}}, {{topic:1}}, {{field}}, {{source}}, "
                    "{{window}}, {{statistic}}, {{device}}, {{name}}, {{unit}}, {{class}} and {{gateway}}",
                    name)};
}

Result<SeriesPattern> SeriesPattern::parse(std::string_view text)
{
    SeriesPattern pattern;
    while (!text.empty()) {
        const auto open = text.find('{');
        if (open > 0) pattern.parts_.push_back({Place::text, std::string(text.substr(0, open))});
        if (open == text.npos) break;
        const auto close = text.find('}', open);
        if (close == text.npos)
            return Error{ErrorKind::invalid, fmt::format("a brace is not closed in \"{}\"", text)};
        auto part = place_of(text.substr(open + 1, close - open - 1));
        if (!part) return part.error();
        pattern.parts_.push_back(std::move(*part));
        text.remove_prefix(close + 1);
    }
    return pattern;
}

std::string SeriesPattern::of(const store::Series& series, std::string_view gateway) const
{
    std::string out;
    for (const auto& part : parts_) {
        switch (part.place) {
        case Place::text: out += part.text; break;
        case Place::topic: out += series.topic; break;
        case Place::level: out += level_of(series.topic, part.level); break;
        case Place::field: out += field_of(series); break;
        case Place::source: out += without_slash(made(series).source); break;
        case Place::window: out += made(series).maker; break;
        case Place::statistic: out += made(series).value; break;
        case Place::device: out += series.device; break;
        case Place::name: out += series.name; break;
        case Place::unit: out += series.unit; break;
        case Place::device_class: out += series.device_class; break;
        case Place::gateway: out += gateway; break;
        }
    }
    return out;
}

Result<Labels> Labels::parse(std::string_view rename, const std::vector<std::string>& tags)
{
    Labels labels;
    if (!rename.empty()) {
        auto pattern = SeriesPattern::parse(rename);
        if (!pattern) return pattern.error();
        labels.rename.push_back(std::move(*pattern));
    }
    for (const std::string_view tag : tags) {
        const auto equals = tag.find('=');
        if (equals == tag.npos || equals == 0)
            return Error{ErrorKind::invalid, fmt::format("the tag \"{}\" must be written key=value", tag)};
        auto pattern = SeriesPattern::parse(tag.substr(equals + 1));
        if (!pattern) return pattern.error();
        labels.tags.emplace_back(tag.substr(0, equals), std::move(*pattern));
    }
    return labels;
}

std::string Labels::topic_of(const store::Series& series, std::string_view gateway) const
{
    return rename.empty() ? series.topic : rename.front().of(series, gateway);
}

}  // namespace tidegate::bridge

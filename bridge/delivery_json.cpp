#include "bridge/delivery_json.hpp"

#include "base/json_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tidegate::bridge {

namespace {

// What is the same in each record of a series: looked up and escaped once a delivery.
struct SeriesText {
    std::string before;  // of the time
    std::string after;   // of the value
};

void append_tags(std::string& out,
                 const store::Series& series,
                 std::string_view gateway,
                 const Labels& labels)
{
    bool any = false;
    for (const auto& [key, pattern] : labels.tags) {
        const auto value = pattern.of(series, gateway);
        if (value.empty()) continue;
        out += any ? "," : R"(,"tags":{)";
        append_json_text(out, key);
        out += ':';
        append_json_text(out, value);
        any = true;
    }
    if (any) out += '}';
}

SeriesText text_of(const Delivery& delivery, store::SeriesId id, const Labels& labels)
{
    const auto series = delivery.series.get(id).value_or(store::Series{});
    SeriesText text;
    text.before = R"(,"topic":)";
    append_json_text(text.before, labels.topic_of(series, delivery.gateway));
    text.before += R"(,"field":)";
    append_json_text(text.before, series.field);
    text.before += R"(,"t":)";
    if (!series.unit.empty()) {
        text.after = R"(,"unit":)";
        append_json_text(text.after, series.unit);
    }
    append_tags(text.after, series, delivery.gateway, labels);
    return text;
}

struct AppendValue {
    std::string& out;

    void operator()(bool value) const { out += value ? "true" : "false"; }
    void operator()(std::int64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
    void operator()(double value) const { append_json_number(out, value); }
    void operator()(const std::string& value) const { append_json_text(out, value); }
};

void append_flags(std::string& out, std::uint8_t flags, bool late)
{
    const bool retained = (flags & store::flag::retained) != 0;
    const bool unsynchronised = (flags & store::flag::unsynchronised) != 0;
    std::string_view before = R"(,"flags":[")";
    for (const auto& [is, name] :
         {std::pair{retained, "retained"}, {unsynchronised, "unsynchronised"}, {late, "late"}}) {
        if (!is) continue;
        out += before;
        out += name;
        out += '"';
        before = R"(,")";
    }
    if (retained || unsynchronised || late) out += ']';
}

void append_trace(std::string& out, std::uint64_t seq, const Delivery& delivery)
{
    if (std::ranges::find(delivery.traced, seq) == delivery.traced.end()) return;
    out += R"(,"trace":)";
    append_json_text(out, delivery.trace);
}

// What is missing of one series, or of what is not known.
struct Missing {
    const store::Gap& gap;
    std::uint64_t first, count;
    std::optional<store::SeriesId> series;
};

void append_gap(std::string& out, const Missing& missing, const Delivery& delivery, const Labels& labels)
{
    const auto& gap = missing.gap;
    fmt::format_to(std::back_inserter(out), R"({}{{"first":{},"last":{})", out.back() == '[' ? "" : ",",
                   missing.first, missing.first + missing.count - 1);
    if (missing.series) {
        const auto series = delivery.series.get(*missing.series).value_or(store::Series{});
        out += R"(,"topic":)";
        append_json_text(out, labels.topic_of(series, delivery.gateway));
        out += R"(,"field":)";
        append_json_text(out, series.field);
        fmt::format_to(std::back_inserter(out), R"(,"from":{},"to":{})", gap.from_ms, gap.to_ms);
    }
    fmt::format_to(std::back_inserter(out), R"(,"count":{},"reason":"{}")", missing.count, gap.reason);
    if (gap.resolution_ms > 0)
        fmt::format_to(std::back_inserter(out), R"(,"resolution_ms":{})", gap.resolution_ms);
    out += '}';
}

void append_gaps(std::string& out, const store::Gap& gap, const Delivery& delivery, const Labels& labels)
{
    if (gap.parts.empty()) append_gap(out, {gap, gap.first_seq, gap.count, std::nullopt}, delivery, labels);
    for (const auto& part : gap.parts) {
        auto first = part.first_seq;
        for (const auto& [series, count] : part.series) {
            append_gap(out, {gap, first, count, series}, delivery, labels);
            first += count;
        }
    }
}

}  // namespace

std::string delivery_json(const Delivery& delivery, const Labels& labels)
{
    constexpr std::size_t usual_record = 120;
    std::string out;
    out.reserve(delivery.records.size() * usual_record);
    out += R"({"gateway":)";
    append_json_text(out, delivery.gateway);
    fmt::format_to(std::back_inserter(out), R"(,"epoch":"{}","records":[)", epoch_text(delivery.epoch));

    std::unordered_map<store::SeriesId, SeriesText> texts;
    for (const auto& [seq, reading] : delivery.records) {
        auto known = texts.find(reading.series);
        if (known == texts.end())
            known = texts.emplace(reading.series, text_of(delivery, reading.series, labels)).first;
        const auto& series = known->second;
        fmt::format_to(std::back_inserter(out), R"({}{{"seq":{}{}{},"v":)", out.back() == '[' ? "" : ",", seq,
                       series.before, reading.time_ms);
        std::visit(AppendValue{out}, reading.value);
        out += series.after;
        append_flags(out, reading.flags, delivery.late);
        if (!delivery.trace.empty()) append_trace(out, seq, delivery);
        out += '}';
    }
    out += R"(],"gaps":[)";
    for (const auto& gap : delivery.gaps) append_gaps(out, gap, delivery, labels);
    out += "]}";
    return out;
}

std::string delivery_key(const Delivery& delivery)
{
    std::string key;
    for (const char c : delivery.gateway)
        if (c > ' ' && c <= '~') key += c;
    fmt::format_to(std::back_inserter(key), "/{}/{}{}-{}", epoch_text(delivery.epoch),
                   delivery.records.empty() ? "gaps/" : "", delivery.first(), delivery.last());
    if (delivery.stripes > 1)
        fmt::format_to(std::back_inserter(key), "/{}of{}", delivery.stripe + 1, delivery.stripes);
    return key;
}

std::string epoch_text(std::uint64_t epoch)
{
    return fmt::format("{:016x}", epoch);
}

}  // namespace tidegate::bridge

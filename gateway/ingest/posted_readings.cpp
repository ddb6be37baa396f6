#include "gateway/ingest/posted_readings.hpp"

#include "base/time_text.hpp"
#include "gateway/decode/collector.hpp"
#include "gateway/decode/json_fields.hpp"
#include "gateway/decode/scalar.hpp"
#include "web/accounts/secret.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace tidegate::gateway {

namespace {

using nlohmann::json;

constexpr std::size_t most_entries = 20'000;  // of a body
constexpr std::ptrdiff_t most_structures =
    8 * std::ptrdiff_t{most_entries};  // each takes a hundred bytes of memory
constexpr std::size_t most_bytes = 32UL * 1024;
constexpr std::size_t longest_topic = 1024;

// What is wrong with one entry.
struct Wrong {
    std::string what;
};

std::string text_of(const json& tree)
{
    return tree.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool fits_topic(std::string_view topic)
{
    return !topic.empty() && topic.size() <= longest_topic && topic.front() != '$' && is_utf8(topic) &&
           topic.find_first_of(std::string_view("+#\0", 3)) == std::string_view::npos;
}

std::string topic_of(const json& entry)
{
    const auto found = entry.find("topic");
    if (found == entry.end() || !found->is_string() || !fits_topic(found->get_ref<const std::string&>()))
        throw Wrong{fmt::format(
            "topic must be there: one topic, without + and #, not beginning with $, {} bytes at most",
            longest_topic)};
    return found->get<std::string>();
}

void know_keys(const json& entry, std::initializer_list<std::string_view> known)
{
    for (const auto& [key, value] : entry.items())
        if (std::ranges::find(known, std::string_view(key)) == known.end())
            throw Wrong{fmt::format("unknown key {}", text_of(json(key)))};
}

std::string field_of(const json& entry)
{
    const auto found = entry.find("field");
    if (found == entry.end()) return {};
    if (!found->is_string()) throw Wrong{"field must be a text"};
    auto field = found->get<std::string>();
    const bool fits =
        field.empty() || (field.front() == '/' && is_utf8(field) && field.find('\0') == std::string::npos &&
                          field.size() <= Collector::longest_pointer);
    if (!fits)
        throw Wrong{
            fmt::format("field must be empty or a JSON Pointer, which begins with /, {} bytes at most",
                        Collector::longest_pointer)};
    return field;
}

std::int64_t time_of(const json& entry)
{
    const auto found = entry.find("t");
    if (found == entry.end()) return 0;
    if (!found->is_number_integer() || found->get<std::int64_t>() < 1 ||
        found->get<std::int64_t>() > latest_ms)
        throw Wrong{"t must be milliseconds since 1970, a whole number"};
    return found->get<std::int64_t>();
}

const json& value_of(const json& entry)
{
    const auto found = entry.find("v");
    if (found == entry.end() || found->is_structured())
        throw Wrong{"v must be there: a number, true, false, a text or null"};
    return *found;
}

std::string payload_of(const json& entry)
{
    if (const auto packed = entry.find("payload_base64"); packed != entry.end()) {
        std::string payload;
        if (!packed->is_string() || !web::read_base64(packed->get_ref<const std::string&>(), payload))
            throw Wrong{"payload_base64 is no base64"};
        return payload;
    }
    const auto& payload = entry.at("payload");
    return payload.is_string() ? payload.get<std::string>() : text_of(payload);
}

// Entries become messages one after the other, so that their order stays.
class Gathering {
public:
    Gathering(UnpackedPost& out, const DecodeLimits& limits) : out_(out), limits_(limits) {}

    void add(const json& entry)
    {
        if (!entry.is_object()) throw Wrong{"it must be an object"};
        auto topic = topic_of(entry);
        if (entry.contains("payload") || entry.contains("payload_base64")) {
            know_keys(entry, {"topic", "payload", "payload_base64"});
            auto payload = payload_of(entry);
            if (payload.size() > limits_.payload) throw Wrong{"its payload is larger than limits.payload"};
            close();
            out_.messages.push_back({std::move(topic), std::move(payload)});
        } else {
            know_keys(entry, {"topic", "field", "t", "v"});
            add_reading(std::move(topic),
                        text_of(json::array({field_of(entry), time_of(entry), value_of(entry)})));
        }
        ++out_.result.taken;
    }

    void close()
    {
        if (fields_ == 0) return;
        payload_.push_back(']');
        out_.messages.push_back({std::move(topic_), std::move(payload_), bridge::Form::readings});
        fields_ = 0;
    }

private:
    void add_reading(std::string topic, const std::string& reading)
    {
        if (reading.size() + 2 > limits_.payload) throw Wrong{"v is larger than limits.payload"};
        const bool fits = topic == topic_ && fields_ < limits_.fields &&
                          payload_.size() + reading.size() + 2 <= std::min(most_bytes, limits_.payload);
        if (fields_ > 0 && !fits) close();
        topic_ = std::move(topic);
        if (fields_ == 0) payload_.clear();
        payload_.push_back(fields_++ == 0 ? '[' : ',');
        payload_ += reading;
    }

    UnpackedPost& out_;
    const DecodeLimits& limits_;
    std::string topic_, payload_;
    std::size_t fields_ = 0;
};

// No `?:` where a Value is made: GCC 12 takes the variant for uninitialised.
std::optional<store::Value> value_in(const json& value)
{
    if (value.is_boolean()) return store::Value(value.get<bool>());
    if (value.is_string()) return store::Value(value.get<std::string>());
    if (value.is_number_unsigned() &&
        value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
        return store::Value(value.get<double>());
    if (value.is_number_integer()) return store::Value(value.get<std::int64_t>());
    if (value.is_number_float() && std::isfinite(value.get<double>()))
        return store::Value(value.get<double>());
    return std::nullopt;
}

}  // namespace

UnpackedPost unpack_readings(std::string_view body, const DecodeLimits& limits)
{
    auto wider = limits;
    wider.payload = body.size();
    wider.depth += 2;  // the list and the entry around a payload
    if (std::ranges::count(body, '{') + std::ranges::count(body, '[') > most_structures)
        return invalid_post(fmt::format("more than {} lists and objects in one body", most_structures));
    auto tree = body.empty() ? std::nullopt : read_tree(body, wider);
    if (!tree)
        return invalid_post(
            fmt::format("the body is no JSON list of readings, or is nested deeper than limits.depth = {}",
                        limits.depth));
    if (tree->is_object()) tree = json::array({std::move(*tree)});
    if (tree->size() > most_entries)
        return invalid_post(fmt::format("more than {} entries in one body", most_entries));
    UnpackedPost post;
    Gathering entries(post, limits);
    for (std::size_t i = 0; i < tree->size(); ++i) {
        try {
            entries.add((*tree)[i]);
        } catch (const Wrong& wrong) {
            return invalid_post(fmt::format("entry {}: {}", i, wrong.what));
        }
    }
    entries.close();
    return post;
}

Decoded read_posted_readings(std::string_view payload, const DecodeLimits& limits)
{
    auto wider = limits;  // it was judged when it was posted, perhaps by other ones
    wider.depth += 2;
    wider.payload = payload.size();
    const auto tree = payload.empty() ? std::nullopt : read_tree(payload, wider);
    if (!tree || !tree->is_array())
        return rejected(store::Reject::malformed, "posted readings that are none");
    Decoded out;
    out.decoder = "posted";
    for (const auto& entry : *tree) {
        if (!entry.is_array() || entry.size() != 3 || !entry[0].is_string() || !entry[1].is_number_integer())
            return rejected(store::Reject::malformed, "posted readings that are none");
        auto value = value_in(entry[2]);
        if (!value) {
            ++out.absent;
            continue;
        }
        Field field{entry[0].get<std::string>(), std::move(*value)};
        field.time_ms = entry[1].get<std::int64_t>();
        out.fields.push_back(std::move(field));
    }
    if (out.fields.empty()) return rejected(store::Reject::no_reading, "posted readings without a value");
    return out;
}

}  // namespace tidegate::gateway

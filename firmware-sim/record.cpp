#include "firmware-sim/record.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <stdexcept>

namespace tidegate::sim {

namespace {

using nlohmann::json;

std::string to_base64(const std::string& bytes)
{
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const auto length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::optional<std::string> from_base64(const std::string& text)
{
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    const auto length =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
    bytes.resize(static_cast<std::size_t>(length) - padding);
    return bytes;
}

bool is_utf8(const std::string& text)
{
    try {
        static_cast<void>(json(text).dump());
        return true;
    } catch (const json::type_error&) {
        return false;
    }
}

// What a device would say that has this one value to say.
std::string payload_with(const std::string& field, const std::string& value)
{
    if (field.empty()) return value;
    const auto parsed = json::parse(value, nullptr, false);
    json object;
    object[json::json_pointer(field)] = parsed.is_discarded() ? json(value) : parsed;
    return object.dump();
}

std::string text_of(const json& value)
{
    return value.is_string() ? value.get<std::string>() : value.is_null() ? std::string() : value.dump();
}

}  // namespace

std::optional<std::int64_t> time_of(std::string_view text)
{
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    if (const auto [stopped, problem] = std::from_chars(text.data(), end, number);
        problem == std::errc() && stopped == end)
        return number;
    std::array<int, 7> part{};
    const std::string copy(text);
    int length = 0;
    const int read = std::sscanf(copy.c_str(), "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &part[0], &part[1],
                                 &part[2], &part[3], &part[4], &part[5], &length);
    if (read != 6) return std::nullopt;
    auto rest = text.substr(static_cast<std::size_t>(length));
    if (rest.starts_with('.')) {
        auto digits = rest.substr(1, rest.find_first_not_of("0123456789", 1) - 1);
        rest.remove_prefix(digits.size() + 1);
        std::string ms(digits.substr(0, 3));
        ms.resize(3, '0');
        part[6] = std::stoi(ms);
    }
    if (!rest.empty() && rest != "Z") return std::nullopt;
    using namespace std::chrono;
    const year_month_day day{year(part[0]), month(static_cast<unsigned>(part[1])),
                             std::chrono::day(static_cast<unsigned>(part[2]))};
    if (!day.ok() || part[3] > 23 || part[4] > 59 || part[5] > 60) return std::nullopt;
    const auto at =
        sys_days(day) + hours(part[3]) + minutes(part[4]) + seconds(part[5]) + milliseconds(part[6]);
    return duration_cast<milliseconds>(at.time_since_epoch()).count();
}

std::string as_line(const Recorded& recorded)
{
    const auto& message = recorded.message;
    nlohmann::ordered_json line = {{"t", recorded.time_ms}, {"topic", message.topic}};
    if (is_utf8(message.payload))
        line["payload"] = message.payload;
    else
        line["payload_base64"] = to_base64(message.payload);
    if (message.retained) line["retained"] = true;
    return line.dump() + "\n";
}

RecordReader::RecordReader(std::istream& in) : in_(in)
{
    if (in_.peek() == '{' || in_.peek() == std::char_traits<char>::eof()) return;
    auto head = csv_line();
    if (head) head_ = std::move(*head);
}

void RecordReader::fail(std::string_view why) const
{
    throw std::runtime_error(fmt::format("line {}: {}", line_, why));
}

// RFC 4180: a quoted field may have commas, doubled quotes and ends of lines in it.
std::optional<std::vector<std::string>> RecordReader::csv_line()
{
    if (in_.peek() == std::char_traits<char>::eof()) return std::nullopt;
    ++line_;
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (char c = 0; in_.get(c);) {
        if (quoted) {
            if (c != '"')
                fields.back().push_back(c);
            else if (in_.peek() == '"')
                fields.back().push_back(static_cast<char>(in_.get()));
            else
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',') {
            fields.emplace_back();
        } else if (c == '\n') {
            break;
        } else if (c != '\r') {
            fields.back().push_back(c);
        }
    }
    if (quoted) fail("a quote that is not closed");
    return fields;
}

std::optional<RecordReader::Columns> RecordReader::columns()
{
    Columns columns;
    if (!head_.empty()) {
        const auto fields = csv_line();
        if (!fields) return std::nullopt;
        for (std::size_t i = 0; i < fields->size() && i < head_.size(); ++i) columns[head_[i]] = (*fields)[i];
        return columns;
    }
    std::string line;
    while (line.empty()) {
        if (!std::getline(in_, line)) return std::nullopt;
        ++line_;
    }
    const auto said = json::parse(line, nullptr, false);
    if (!said.is_object()) fail("is no JSON object");
    for (const auto& [key, value] : said.items()) columns[key] = text_of(value);
    return columns;
}

std::optional<Recorded> RecordReader::next()
{
    const auto read = columns();
    if (!read) return std::nullopt;
    return recorded(*read);
}

Recorded RecordReader::recorded(const Columns& columns) const
{
    const auto get = [&](std::string_view key) {
        const auto found = columns.find(key);
        return found == columns.end() ? std::string() : found->second;
    };
    Recorded recorded;
    auto& message = recorded.message;
    message.topic = get("topic");
    if (message.topic.empty()) fail("has no topic");
    const auto time = get("t").empty() ? get("time") : get("t");
    const auto at = time_of(time);
    if (!at) fail(fmt::format("\"{}\" is no time: t is in milliseconds since 1970, time in ISO 8601", time));
    recorded.time_ms = *at;
    message.retained = get("retained") == "true";
    if (columns.contains("payload")) {
        message.payload = get("payload");
    } else if (columns.contains("payload_base64")) {
        auto bytes = from_base64(get("payload_base64"));
        if (!bytes) fail("payload_base64 is no base64");
        message.payload = std::move(*bytes);
    } else if (columns.contains("v")) {
        message.payload = payload_with(get("field"), get("v"));
    } else {
        fail("has neither payload, payload_base64 nor v");
    }
    return recorded;
}

}  // namespace tidegate::sim

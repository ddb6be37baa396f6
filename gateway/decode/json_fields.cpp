#include "gateway/decode/json_fields.hpp"

#include "gateway/decode/collector.hpp"
#include "gateway/decode/json_trouble.hpp"
#include "gateway/decode/naming.hpp"

#include <nlohmann/json.hpp>

#include <unordered_set>

namespace tidegate::gateway {

namespace {

using nlohmann::json;

bool deeper_than(std::string_view text, std::size_t limit)
{
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                quoted = false;
            continue;
        }
        if (c == '"') quoted = true;
        if ((c == '{' || c == '[') && ++depth > limit) return true;
        if ((c == '}' || c == ']') && depth > 0) --depth;
    }
    return false;
}

bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '+' || c == '.' || c == '_';
}

bool is_no_number(std::string_view word)
{
    if (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
    const auto low = lowered(word);
    return low == "nan" || low == "inf" || low == "infinity";
}

// The text with null for each NaN and Infinity that is no text; none: there are none.
std::optional<std::string> with_nulls(std::string_view text)
{
    std::string out;
    bool quoted = false, found = false;
    for (std::size_t i = 0; i < text.size();) {
        if (quoted || !is_word(text[i])) {
            const bool escape = quoted && text[i] == '\\' && i + 1 < text.size();
            if (text[i] == '"') quoted = !quoted;
            out.append(text, i, escape ? 2 : 1);
            i += escape ? 2 : 1;
            continue;
        }
        auto end = i;
        while (end < text.size() && is_word(text[end])) ++end;
        const auto word = text.substr(i, end - i);
        found = found || is_no_number(word);
        out += is_no_number(word) ? "null" : word;
        i = end;
    }
    return found ? std::optional(std::move(out)) : std::nullopt;
}

// Of values with one pointer the last stays.
void drop_repeated(std::vector<Field>& fields)
{
    std::unordered_set<std::string_view> seen;
    std::vector<bool> repeated(fields.size());
    bool any = false;
    for (auto i = fields.size(); i > 0; --i)
        if (!seen.insert(fields[i - 1].pointer).second) any = repeated[i - 1] = true;
    if (!any) return;
    std::vector<Field> kept;
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (!repeated[i]) kept.push_back(std::move(fields[i]));
    fields = std::move(kept);
}

// Cheap for the few values that most payloads have.
bool has_repeated(const std::vector<Field>& fields)
{
    constexpr std::size_t few = 32;
    if (fields.size() > few) return true;  // perhaps
    for (std::size_t i = 1; i < fields.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (fields[i].pointer == fields[j].pointer) return true;
    return false;
}

Decoded parsed(std::string_view text, const DecodeLimits& limits)
{
    Collector collector(limits);
    json::sax_parse(text.begin(), text.end(), &collector);
    auto& decoded = collector.result;
    if (collector.broken_at != 0) decoded.why = json_trouble(text, collector.broken_at);
    return std::move(decoded);
}

}  // namespace

bool looks_like_json(std::string_view text)
{
    return text.front() == '{' || text.front() == '[' || text.front() == '"';
}

Decoded read_json(std::string_view text, const DecodeLimits& limits)
{
    auto decoded = parsed(text, limits);
    if (decoded.rejected == store::Reject::malformed)
        if (const auto mended = with_nulls(text))
            if (auto again = parsed(*mended, limits); again.rejected != store::Reject::malformed) {
                if (!again.rejected)
                    again.why = std::move(decoded.why);  // the rest is taken; what to do about it
                decoded = std::move(again);
            }
    decoded.decoder = "json";
    if (has_repeated(decoded.fields)) drop_repeated(decoded.fields);
    if (!decoded.rejected && decoded.fields.empty()) {
        decoded.rejected = store::Reject::no_reading;
        if (decoded.why.empty()) decoded.why = "JSON without a value that is a reading";
    }
    return decoded;
}

std::optional<json> read_tree(std::string_view text, const DecodeLimits& limits)
{
    if (text.size() > limits.payload || deeper_than(text, limits.depth)) return std::nullopt;
    auto tree = json::parse(text.begin(), text.end(), nullptr, false);
    if (!tree.is_structured()) return std::nullopt;
    return tree;
}

std::string text_in(const json& object, std::string_view name)
{
    if (!object.is_object()) return {};
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace tidegate::gateway

#include "gateway/decode/json_fields.hpp"

#include "gateway/decode/collector.hpp"
#include "gateway/decode/json_trouble.hpp"

#include <nlohmann/json.hpp>

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

}  // namespace

bool looks_like_json(std::string_view text)
{
    return text.front() == '{' || text.front() == '[' || text.front() == '"';
}

Decoded read_json(std::string_view text, const DecodeLimits& limits)
{
    Collector collector(limits);
    json::sax_parse(text.begin(), text.end(), &collector);
    auto& decoded = collector.result;
    decoded.decoder = "json";
    if (collector.broken_at != 0) decoded.why = json_trouble(text, collector.broken_at);
    if (!decoded.rejected && decoded.fields.empty()) {
        decoded.rejected = store::Reject::no_reading;
        decoded.why = "JSON without a value that is a reading";
    }
    return std::move(decoded);
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

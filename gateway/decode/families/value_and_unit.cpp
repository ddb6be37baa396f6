#include "gateway/decode/families/value_and_unit.hpp"

#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"
#include "gateway/decode/scalar.hpp"
#include "gateway/decode/state.hpp"

#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

constexpr std::size_t longest_unit = 16;

// Until the unit has come.
constexpr std::array endings = {Unit{"voltage", "V"}, Unit{"frequency", "Hz"}, Unit{"current", "A"}};

bool claims(const Topic& topic)
{
    return topic.size() >= 3 &&
           (topic.last() == "value" || topic.last() == "unit" || topic.last() == "units");
}

bool is_unit(std::string_view text)
{
    return !text.empty() && text.size() <= longest_unit && is_utf8(text) && !read_number(text) &&
           text.front() != '{';
}

std::optional<Decoded> decode(const Message& message, const Topic& topic, State& state, const DecodeLimits&)
{
    const auto payload = trimmed(message.payload);
    if (topic.last() == "value") {
        if (payload.empty() || payload.front() == '{' || payload.front() == '[') return std::nullopt;
        return read_bare(payload);
    }
    if (!is_unit(payload)) return std::nullopt;
    Facts facts;
    facts.unit = payload;
    state.knowledge.learn(topic.text(), fmt::format("{}/value", topic.before(topic.size() - 1)), "",
                          std::move(facts));
    Decoded decoded;
    decoded.fields.push_back({"", std::string(payload), Kind::metadata});
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    if (!series.field.empty()) return;
    series.device = topic[0];
    series.name = spaced(topic.between(1, topic.size() - 1));
    if (series.name.empty()) series.name = topic[0];
    series.unit.clear();
    if (topic.last() != "value") return;
    const auto name = lowered(topic.last(1));
    series.unit = telling_unit(name);
    if (series.unit.empty()) series.unit = look_up_ending(endings, name);
}

}  // namespace

const Family value_and_unit{"value-unit", claims, decode, describe};

}  // namespace tidegate::gateway

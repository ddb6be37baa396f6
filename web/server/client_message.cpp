#include "base/topic_filter.hpp"
#include "web/server/live_protocol.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tidegate::web {
namespace {

using Json = nlohmann::json;

Error wrong(std::string what)
{
    return {ErrorKind::invalid, std::move(what)};
}

ClientMessage::Kind kind_of(std::string_view name)
{
    using Kind = ClientMessage::Kind;
    if (name == "hello") return Kind::hello;
    if (name == "set") return Kind::set;
    if (name == "pause") return Kind::pause;
    if (name == "resume") return Kind::resume;
    if (name == "h") return Kind::heartbeat;
    return Kind::unknown;
}

Result<SubscriptionWish> parse_match(const Json& list)
{
    if (!list.is_array() || list.empty() || list.size() > most_live_names)
        return wrong("sub.match: 1 to 64 topic filters");
    SubscriptionWish wish;
    wish.all = false;
    for (const auto& item : list) {
        const auto* filter = item.get_ptr<const Json::string_t*>();
        if (filter == nullptr || !valid_filter(*filter)) return wrong("sub.match: not a topic filter");
        wish.match.push_back(*filter);
    }
    return wish;
}

Result<SubscriptionWish> parse_devices(const Json& list)
{
    if (!list.is_array() || list.empty() || list.size() > most_live_names)
        return wrong("sub.devices: 1 to 64 names");
    SubscriptionWish wish;
    wish.all = false;
    for (const auto& item : list) {
        const auto* name = item.get_ptr<const Json::string_t*>();
        if (name == nullptr || name->empty() || name->size() > longest_device)
            return wrong("sub.devices: not a name");
        wish.devices.push_back(*name);
    }
    return wish;
}

Result<SubscriptionWish> parse_ids(const Json& list)
{
    if (!list.is_array() || list.size() > most_live_ids) return wrong("sub.ids: at most 256 series ids");
    SubscriptionWish wish;
    wish.all = false;
    for (const auto& item : list) {
        const auto* id = item.get_ptr<const Json::number_unsigned_t*>();
        if (id == nullptr || *id == 0 || *id > UINT32_MAX) return wrong("sub.ids: not a series id");
        wish.ids.push_back(static_cast<store::SeriesId>(*id));
    }
    return wish;
}

Result<SubscriptionWish> parse_wish(const Json& sub)
{
    if (!sub.is_object()) return wrong("sub: not an object");
    const int given = int{sub.contains("all")} + int{sub.contains("match")} + int{sub.contains("devices")} +
                      int{sub.contains("ids")};
    if (given != 1) return wrong("sub: one of all, match, devices, ids");
    if (sub.contains("devices")) return parse_devices(sub["devices"]);
    if (sub.contains("match")) return parse_match(sub["match"]);
    if (sub.contains("ids")) return parse_ids(sub["ids"]);
    return SubscriptionWish{};
}

Result<> read_wishes(const Json& json, ClientMessage& message)
{
    if (const auto rate = json.find("rate"); rate != json.end()) {
        if (!rate->is_number()) return wrong("rate: not a number");
        const double wished = rate->get<double>();
        message.rate = rate_class(static_cast<std::int64_t>(std::clamp(wished, 0.0, 1e6)));
    }
    if (const auto sub = json.find("sub"); sub != json.end()) {
        auto wish = parse_wish(*sub);
        if (!wish) return wish.error();
        message.wish = std::move(*wish);
    }
    return {};
}

Result<> read_hello(const Json& json, ClientMessage& message)
{
    const auto version = json.find("v");
    if (version == json.end() || *version != 1) return wrong("hello: v must be 1");
    if (const auto epoch = json.find("epoch"); epoch != json.end() && !epoch->is_null()) {
        if (!epoch->is_string()) return wrong("hello: epoch is not text");
        message.epoch = epoch->get<std::string>();
    }
    if (const auto seq = json.find("seq"); seq != json.end() && !seq->is_null()) {
        if (!seq->is_number_unsigned()) return wrong("hello: seq is not a count");
        message.seq = seq->get<store::Version>();
    }
    return {};
}

}  // namespace

std::int64_t rate_class(std::int64_t wished_ms)
{
    const auto* found = std::ranges::lower_bound(live_rates, wished_ms);
    return found == live_rates.end() ? live_rates.back() : *found;
}

Result<ClientMessage> parse_client_message(std::string_view text)
{
    if (text.size() > largest_live_message) return wrong("message larger than 16 KiB");
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return wrong("not a JSON object");
    const auto kind = json.find("k");
    if (kind == json.end() || !kind->is_string()) return wrong("k is missing");
    ClientMessage message;
    message.kind = kind_of(kind->get_ref<const Json::string_t&>());
    const bool hello = message.kind == ClientMessage::Kind::hello;
    if (hello) {
        if (auto read = read_hello(json, message); !read) return read.error();
    }
    if (hello || message.kind == ClientMessage::Kind::set) {
        if (auto read = read_wishes(json, message); !read) return read.error();
    }
    return message;
}

}  // namespace tidegate::web

#include "web/server/json_text.hpp"
#include "web/server/live_protocol.hpp"

#include <algorithm>

namespace tidegate::web {
namespace {

template <class Append>
void append_list(std::string& out,
                 std::string_view name,
                 std::span<const UpdateItem> items,
                 const Append& append)
{
    out += ",\"";
    out += name;
    out += "\":[";
    for (const auto& item : items) {
        append(item);
        out += ',';
    }
    if (!items.empty()) out.pop_back();
    out += ']';
}

void append_age(std::string& out, const store::Latest& latest, std::int64_t now_ms)
{
    const std::int64_t age = latest.heard_ms == 0 ? -1 : std::max<std::int64_t>(0, now_ms - latest.heard_ms);
    json::append_integer(out, age);
}

void append_freshness(std::string& out, const UpdateItem& item)
{
    out += static_cast<char>('0' + static_cast<int>(item.freshness));
}

}  // namespace

void append_gaps(std::string& out, std::span<const UpdateItem> items)
{
    out += '[';
    store::SeriesId before = 0;
    for (const auto& item : items) {
        json::append_unsigned(out, item.latest->series - before);
        out += ',';
        before = item.latest->series;
    }
    if (!items.empty()) out.pop_back();
    out += ']';
}

std::string welcome_frame(const Welcome& welcome)
{
    std::string out = R"({"k":"welcome","v":1,"epoch":)";
    json::append_string(out, welcome.epoch);
    out += R"(,"run":)";
    json::append_string(out, welcome.run);
    out += R"(,"seq":)";
    json::append_unsigned(out, welcome.seq);
    out += R"(,"t":)";
    json::append_integer(out, welcome.time_ms);
    out += R"(,"rate":)";
    json::append_integer(out, welcome.rate);
    out += welcome.resume ? R"(,"resume":true,"hb":)" : R"(,"resume":false,"hb":)";
    json::append_integer(out, welcome.heartbeat);
    out += R"(,"gateway":)";
    json::append_string(out, welcome.gateway);
    out += R"(,"build":)";
    json::append_string(out, welcome.build);
    out += R"(,"rev":)";
    json::append_unsigned(out, welcome.revision);
    out += '}';
    return out;
}

std::string update_frame(const Update& update)
{
    const bool full = update.from == 0;
    std::string out;
    out.reserve(96 + update.changed.size() * (full ? 20 : 10) + update.heard.size() * 3);
    out += R"({"k":"d","from":)";
    json::append_unsigned(out, update.from);
    out += R"(,"seq":)";
    json::append_unsigned(out, update.seq);
    out += R"(,"t":)";
    json::append_integer(out, update.time_ms);
    out += R"(,"g":)";
    append_gaps(out, update.changed);
    const auto value = [&out](const UpdateItem& item) { json::append_value(out, item.latest->value); };
    const auto age = [&](const UpdateItem& item) { append_age(out, *item.latest, update.time_ms); };
    const auto interval = [&out](const UpdateItem& item) {
        json::append_integer(out, item.latest->interval_ms);
    };
    append_list(out, "v", update.changed, value);
    out += R"(,"u":)";
    append_gaps(out, update.heard);
    if (full || update.ages) append_list(out, "a", update.changed, age);
    if (!full && update.ages) append_list(out, "ua", update.heard, age);
    if (full) {
        append_list(out, "i", update.changed, interval);
        append_list(out, "o", update.changed,
                    [&out](const UpdateItem& item) { append_freshness(out, item); });
    }
    out += '}';
    return out;
}

std::string freshness_frame(const std::vector<UpdateItem>& items)
{
    std::string out = R"({"k":"st","g":)";
    append_gaps(out, items);
    append_list(out, "s", items, [&out](const UpdateItem& item) { append_freshness(out, item); });
    out += '}';
    return out;
}

std::string catalogue_frame(store::SeriesId revision)
{
    return R"({"k":"cat","rev":)" + std::to_string(revision) + '}';
}

std::string heartbeat_frame(store::Version seq, std::int64_t time_ms)
{
    return R"({"k":"h","seq":)" + std::to_string(seq) + R"(,"t":)" + std::to_string(time_ms) + '}';
}

std::string bye_frame(std::string_view why)
{
    std::string out = R"({"k":"bye","why":)";
    json::append_string(out, why);
    out += '}';
    return out;
}

}  // namespace tidegate::web

#include "web/server/gateway_view.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <fmt/core.h>

namespace tidegate::web {
namespace {

using Json = nlohmann::ordered_json;

double tenths(double value)
{
    return std::isfinite(value) ? std::round(value * 10) / 10 : 0;
}

// Never throws over bytes that are no UTF-8: an error text may come from anywhere.
std::string text_of(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json upstream_list(const GatewayFacts& facts, std::int64_t now_ms)
{
    Json list = Json::array();
    for (const auto& one : facts.upstreams) {
        const std::int64_t age_ms =
            one.oldest_ms == 0 ? 0 : std::max<std::int64_t>(0, now_ms - one.oldest_ms);
        list.push_back({{"id", one.id},
                        {"kind", one.kind},
                        {"url", one.url},
                        {"up", one.up},
                        {"since", one.since_ms},
                        {"try", one.attempts},
                        {"next", one.next_try_ms},
                        {"why", one.why},
                        {"alarm", one.alarm},
                        {"dead", one.dead},
                        {"queued", queued(one, facts.store)},
                        {"oldest", age_ms / 1000},
                        {"rate", tenths(one.rate)},
                        {"backlog", one.books.backlog()},
                        {"eta", one.seconds_left ? Json(*one.seconds_left) : Json()},
                        {"held_by", one.held_by},
                        {"unacked", one.unacknowledged_ms / 1000},
                        {"reopened", one.reopened},
                        {"delivered", one.books.delivered},
                        {"discarded", store::lost(one.books.discarded)}});
    }
    return list;
}

Json broker_json(const BrokerFacts& one)
{
    Json json = {{"id", one.name},
                 {"up", one.connected},
                 {"url", one.url},
                 {"since", one.since_ms},
                 {"why", one.why},
                 {"mqtt", one.version},
                 {"next", one.next_try_ms},
                 {"connects", one.connects},
                 {"duplicates", one.duplicates},
                 {"redelivered", one.redelivered},
                 {"own", one.own},
                 {"ring", one.ring_bytes},
                 {"reconnects", Json::object()}};
    for (const auto& [reason, count] : one.reconnects) json["reconnects"][reason] = count;
    return json;
}

Json alarm_counts(const store::AlarmCounts& alarms)
{
    Json json = {{"open", alarms.open}, {"acknowledged", alarms.acknowledged}, {"rev", alarms.revision}};
    for (std::size_t i = 0; i < store::severities; ++i)
        json[std::string(to_string(static_cast<store::Severity>(i)))] = alarms.by_severity[i];
    return json;
}

Json configuration_json(const ConfigurationFacts& facts)
{
    return {{"loaded", facts.loaded_ms},
            {"tried", facts.tried_ms},
            {"applied", facts.applied},
            {"refused", facts.refused},
            {"problems", facts.problems},
            {"incomplete", facts.incomplete},
            {"needs_restart", facts.needs_restart}};
}

template <std::size_t N, class Reason>
Json by_reason(const std::array<std::uint64_t, N>& counts, Reason)
{
    Json result = Json::object();
    for (std::size_t i = 0; i < N; ++i) result[std::string(to_string(static_cast<Reason>(i)))] = counts[i];
    return result;
}

// stored = delivered + queued + discarded, of one moment.
Json upstream_books(const store::UpstreamBooks& books, std::uint64_t last_seq)
{
    return {{"stored", last_seq - books.started},
            {"delivered", books.delivered},
            {"queued", books.queued(last_seq)},
            {"discarded", by_reason(books.discarded, store::Discard{})}};
}

// What history has lost: {"thinned":{"readings":{"bytes":N},…},"dropped":{…}}.
Json given_up(const std::vector<store::GapTotal>& totals)
{
    Json result = {{"thinned", Json::object()}, {"dropped", Json::object()}};
    for (const auto& total : totals) {
        auto& count = result[total.resolution_ms > 0 ? "thinned" : "dropped"]
                            [std::string(to_string(total.of))][total.reason];
        count = (count.is_null() ? 0 : count.get<std::uint64_t>()) + total.count;
    }
    return result;
}

}  // namespace

std::string hex_name(std::uint64_t number)
{
    return fmt::format("{:016x}", number);
}

std::string GatewayView::write(const GatewayFacts& facts, Moment now, bool as_message)
{
    const BufferState buffer = buffer_state(facts, now.wall_ms);
    const auto full_in = trend_.seconds_until_full(facts.store);
    Json json;
    if (as_message) json["k"] = "gw";
    json["t"] = now.wall_ms;
    json["gateway"] = facts.gateway;
    json["version"] = facts.version;
    json["started"] = facts.started_ms;
    json["in"] = tenths(facts.messages_per_s);
    json["rin"] = tenths(facts.readings_per_s);
    json["held"] = buffer.held;
    json["level"] = std::round(buffer.level * 10'000) / 10'000;
    json["oldest"] = buffer.oldest_s;
    json["full_in"] = full_in ? Json(*full_in) : Json();
    json["lost"] = buffer.lost;
    json["series"] = series_.last();
    json["devices"] = facts.devices;
    json["names"] = facts.relearned;
    json["offline"] = facts.devices_offline;
    json["stale"] = facts.devices_stale;
    json["load"] = {{"level", facts.load.level}, {"stretch", facts.load.stretch}, {"why", facts.load.why}};
    json["clock"] = facts.clock_synchronised;
    json["zone"] = facts.zone;
    json["cpu"] = tenths(facts.cpu_percent);
    json["rss"] = facts.rss_bytes;
    if (facts.cpu_celsius) json["celsius"] = tenths(*facts.cpu_celsius);
    json["ring"] = {{"bytes", facts.ring_bytes}, {"most", facts.ring_bytes_most}};
    json["room"] = {{"held", facts.store.held_bytes}, {"most", facts.store.held_bytes_most}};
    json["db"] = {{"log", facts.store.log_bytes}, {"history", facts.store.history_bytes}};
    const auto& wear = facts.store.wear;
    const auto days = store::days_left(wear, facts.card_endurance);
    json["wear"] = {{"bytes", wear.total},
                    {"day", wear.per_day > 0 ? Json(wear.per_day) : Json()},
                    {"days_left", days ? Json(*days) : Json()}};
    json["alarms"] = alarm_counts(facts.alarms);
    json["trouble"] = facts.store.trouble;
    json["brokers"] = Json::array();
    for (const auto& one : facts.brokers) json["brokers"].push_back(broker_json(one));
    json["broker"] = broker_json(facts.brokers.empty() ? BrokerFacts{} : facts.brokers.front());
    json["up"] = upstream_list(facts, now.wall_ms);
    if (!as_message) {
        json["configuration"] = configuration_json(facts.configuration);
        json["commands"] = {{"allow", facts.commands_allowed}};
    }
    return text_of(json);
}

std::string GatewayView::sample(Moment now)
{
    const GatewayFacts facts = facts_.gateway();
    stretch_ = facts.load.stretch;
    names_ = facts.relearned;
    const auto buffer = buffer_state(facts, now.wall_ms);
    trend_.add(now.boot_ms, buffer.held);
    timeline_.add(now.wall_ms, facts, buffer);
    return write(facts, now, true);
}

std::string GatewayView::state_json(Moment now)
{
    return write(facts_.gateway(), now, false);
}

std::string GatewayView::upstreams_json(Moment now)
{
    const auto facts = facts_.gateway();
    Json json;
    json["upstreams"] = upstream_list(facts, now.wall_ms);
    for (std::size_t i = 0; i < facts.upstreams.size(); ++i)
        json["upstreams"][i]["books"] = upstream_books(facts.upstreams[i].books, facts.store.last_seq);
    json["epoch"] = hex_name(facts.store.epoch);
    json["last_seq"] = facts.store.last_seq;
    return text_of(json);
}

std::string books_json(const store::StoreState& state)
{
    const store::Books& books = state.books;
    Json json;
    json["messages"] = {{"received", books.received},
                        {"stored", books.stored_messages},
                        {"rejected", by_reason(books.rejected, store::Reject{})}};
    json["readings"] = {{"read", books.read},
                        {"stored", books.stored_readings},
                        {"summarised", books.summarised},
                        {"derived", books.derived},
                        {"suppressed", by_reason(books.suppressed, store::Suppress{})}};
    Json upstreams = Json::array();
    for (const auto& one : state.upstreams) {
        auto books_of_one = upstream_books(one, state.last_seq);
        books_of_one["id"] = one.name;
        upstreams.push_back(std::move(books_of_one));
    }
    json["upstreams"] = std::move(upstreams);
    json["history"] = given_up(state.given_up);
    json["epoch"] = hex_name(state.epoch);
    json["last_seq"] = state.last_seq;
    return text_of(json);
}

}  // namespace tidegate::web

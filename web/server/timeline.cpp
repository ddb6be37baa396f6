#include "web/server/timeline.hpp"

#include "store/notebook.hpp"
#include "web/server/json_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fmt/format.h>

namespace tidegate::web {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = 24 * 60 * minute_ms;

// Keys in the notebook: "minute/29400000" (since 1970), "outage/1764000000000/cloud", "stop/1764000000000",
// and "run", when this run began and when it was alive last.
constexpr std::string_view minutes = "minute/", outages = "outage/", stops = "stop/", run = "run";

double rounded(double value, double places)
{
    return std::isfinite(value) ? std::round(value * places) / places : 0;
}

// "name":[…] of one number a minute.
template <class List, class Number>
void append_column(std::string& out, std::string_view name, const List& list, const Number& number)
{
    out += ",\"";
    out += name;
    out += "\":[";
    for (const auto& one : list) {
        if (out.back() != '[') out += ',';
        json::append_number(out, number(one));
    }
    out += ']';
}

std::string key_of(std::string_view kind, std::int64_t number, std::string_view name = {})
{
    return name.empty() ? fmt::format("{}{}", kind, number) : fmt::format("{}{}/{}", kind, number, name);
}

// Two numbers with a space between. False: they are none.
bool read_pair(std::string_view text, long long& first, long long& second)
{
    return std::sscanf(std::string(text).c_str(), "%lld %lld", &first, &second) == 2;
}

std::int64_t number_behind(std::string_view key, std::string_view kind)
{
    return std::strtoll(std::string(key.substr(kind.size())).c_str(), nullptr, 10);
}

}  // namespace

Timeline::Timeline(store::Notebook* notebook) : notebook_(notebook)
{
    if (notebook_ == nullptr) return;
    notebook_->each(minutes, [this](auto key, auto text) { recall_minute(key, text); });
    notebook_->each(outages, [this](auto key, auto text) { recall_outage(key, text); });
    notebook_->each(stops, [this](auto key, auto text) {
        long long to_ms = std::strtoll(std::string(text).c_str(), nullptr, 10);
        if (to_ms > 0) stops_.push_back({number_behind(key, stops), to_ms});
    });
}

void Timeline::recall_minute(std::string_view key, std::string_view text)
{
    Minute minute{number_behind(key, minutes) * minute_ms};
    unsigned long long held = 0;
    const auto read = std::sscanf(std::string(text).c_str(), "%lf %d %llu %lf", &minute.in, &minute.samples,
                                  &held, &minute.level);
    if (read != 4 || minute.samples <= 0) return;
    minute.held = held;
    minutes_.push_back(minute);
}

void Timeline::recall_outage(std::string_view key, std::string_view text)
{
    const auto said = nlohmann::json::parse(text, nullptr, false);
    const auto slash = key.find('/', outages.size());
    if (!said.is_object() || slash == std::string_view::npos) return;
    Outage outage{std::string(key.substr(slash + 1)), number_behind(key, outages), 0, {}};
    if (const auto to = said.find("to"); to != said.end() && to->is_number_integer()) outage.to_ms = *to;
    if (const auto why = said.find("why"); why != said.end() && why->is_string()) outage.why = *why;
    outages_.push_back(std::move(outage));
}

void Timeline::add(std::int64_t now_ms, const GatewayFacts& facts, const BufferState& buffer)
{
    const bool first = started_ms_ == 0;
    if (first) begin(now_ms, facts.started_ms != 0 ? facts.started_ms : now_ms);
    for (const auto& upstream : facts.upstreams)
        seen_.try_emplace(upstream.id, Seen{now_ms, first ? started_ms_ : now_ms});
    add_minute(now_ms, facts, buffer);
    for (const auto& upstream : facts.upstreams) follow(upstream, now_ms, queued(upstream, facts.store) > 0);
    // One that is not configured any more is away for nobody.
    for (auto& outage : outages_) {
        if (outage.to_ms != 0 ||
            std::ranges::find(facts.upstreams, outage.upstream, &UpstreamFacts::id) != facts.upstreams.end())
            continue;
        outage.to_ms = now_ms;
        note(outage);
    }
    forget_what_is_over(now_ms);
    if (notebook_ != nullptr) notebook_->put(run, fmt::format("{} {}", started_ms_, now_ms));
}

// Where the run before was seen last, the gateway did not run until this one began.
void Timeline::begin(std::int64_t now_ms, std::int64_t started_ms)
{
    started_ms_ = std::min(now_ms, started_ms);
    if (notebook_ == nullptr) return;
    long long began_ms = 0, alive_ms = 0;
    if (!read_pair(notebook_->find(run), began_ms, alive_ms) || alive_ms >= started_ms_) return;
    stops_.push_back({alive_ms, started_ms_});
    notebook_->put(key_of(stops, alive_ms), std::to_string(started_ms_));
}

void Timeline::add_minute(std::int64_t now_ms, const GatewayFacts& facts, const BufferState& buffer)
{
    const auto at_ms = now_ms - now_ms % minute_ms;
    if (minutes_.empty() || minutes_.back().at_ms != at_ms) minutes_.push_back({at_ms});
    auto& minute = minutes_.back();
    minute.in += facts.messages_per_s;
    ++minute.samples;
    minute.held = std::max(minute.held, buffer.held);
    minute.level = std::max(minute.level, buffer.level);
    note(minute);
}

// `owed`: it has readings to get. One that has none and was not tried yet is not away.
void Timeline::follow(const UpstreamFacts& upstream, std::int64_t now_ms, bool owed)
{
    auto& seen = seen_[upstream.id];
    seen.was_up |= upstream.up;
    const auto lasting = std::ranges::find_if(
        outages_, [&](const Outage& outage) { return outage.to_ms == 0 && outage.upstream == upstream.id; });
    if (lasting == outages_.end()) {
        if (upstream.up) return;
        if (seen.was_up)
            return add_outage(
                {upstream.id, upstream.since_ms != 0 ? upstream.since_ms : now_ms, 0, upstream.why});
        if (now_ms - seen.first_ms < grace_ms || (upstream.since_ms == 0 && !owed)) return;
        return add_outage({upstream.id, seen.since_ms, 0, upstream.why});
    }
    if (upstream.up) {
        lasting->to_ms = std::max(lasting->from_ms, std::min(now_ms, upstream.since_ms));
    } else if (!upstream.why.empty() && upstream.why != lasting->why) {
        lasting->why = upstream.why;  // the latest word
    } else {
        return;
    }
    note(*lasting);
}

void Timeline::add_outage(Outage outage)
{
    note(outage);
    outages_.push_back(std::move(outage));
}

void Timeline::forget_what_is_over(std::int64_t now_ms)
{
    const auto over = [&](std::int64_t end_ms) { return end_ms != 0 && end_ms <= now_ms - day_ms; };
    while (minutes_.size() > most_minutes || (!minutes_.empty() && over(minutes_.front().at_ms))) {
        forget(key_of(minutes, minutes_.front().at_ms / minute_ms));
        minutes_.pop_front();
    }
    while (outages_.size() > most_outages) {
        forget(key_of(outages, outages_.front().from_ms, outages_.front().upstream));
        outages_.pop_front();
    }
    while (stops_.size() > most_stops || (!stops_.empty() && over(stops_.front().to_ms))) {
        forget(key_of(stops, stops_.front().from_ms));
        stops_.pop_front();
    }
}

void Timeline::note(const Minute& minute) const
{
    if (notebook_ == nullptr) return;
    notebook_->put(key_of(minutes, minute.at_ms / minute_ms),
                   fmt::format("{:.2f} {} {} {:.4f}", minute.in, minute.samples, minute.held, minute.level));
}

void Timeline::note(const Outage& outage) const
{
    if (notebook_ == nullptr) return;
    const nlohmann::json said{{"to", outage.to_ms}, {"why", outage.why}};
    notebook_->put(key_of(outages, outage.from_ms, outage.upstream),
                   said.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Timeline::forget(const std::string& key) const
{
    if (notebook_ != nullptr) notebook_->take_out(key);
}

std::string Timeline::json() const
{
    std::string out = R"({"step_ms":60000)";
    append_column(out, "t", minutes_, [](const Minute& one) { return static_cast<double>(one.at_ms); });
    append_column(out, "in", minutes_, [](const Minute& one) { return rounded(one.in / one.samples, 10); });
    append_column(out, "held", minutes_, [](const Minute& one) { return static_cast<double>(one.held); });
    append_column(out, "level", minutes_, [](const Minute& one) { return rounded(one.level, 10'000); });
    out += R"(,"outages":[)";
    for (auto outage = outages_.rbegin(); outage != outages_.rend(); ++outage) {
        if (outage != outages_.rbegin()) out += ',';
        out += R"({"upstream":)";
        json::append_string(out, outage->upstream);
        json::append_time(out, "from", outage->from_ms);
        json::append_time(out, "to", outage->to_ms);
        json::append_field(out, "why", outage->why);
        out += '}';
    }
    out += R"(],"stopped":[)";
    for (auto stop = stops_.rbegin(); stop != stops_.rend(); ++stop)
        out += fmt::format(R"({}{{"from":{},"to":{}}})", stop == stops_.rbegin() ? "" : ",", stop->from_ms,
                           stop->to_ms);
    return out + "]}";
}

}  // namespace tidegate::web

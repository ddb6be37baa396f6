#include "web/server/timeline.hpp"

#include "web/server/json_text.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::web {
namespace {

constexpr std::int64_t minute_ms = 60'000;

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

}  // namespace

void Timeline::add(std::int64_t now_ms, const GatewayFacts& facts, const BufferState& buffer)
{
    const auto at_ms = now_ms - now_ms % minute_ms;
    if (minutes_.empty() || minutes_.back().at_ms != at_ms) minutes_.push_back({at_ms});
    if (minutes_.size() > most_minutes) minutes_.pop_front();
    auto& minute = minutes_.back();
    minute.in += facts.messages_per_s;
    ++minute.samples;
    minute.held = std::max(minute.held, buffer.held);
    minute.level = std::max(minute.level, buffer.level);
    for (const auto& upstream : facts.upstreams) follow(upstream, now_ms);
    // One that is not configured any more is away for nobody.
    for (auto& outage : outages_)
        if (outage.to_ms == 0 &&
            std::ranges::find(facts.upstreams, outage.upstream, &UpstreamFacts::id) == facts.upstreams.end())
            outage.to_ms = now_ms;
}

void Timeline::follow(const UpstreamFacts& upstream, std::int64_t now_ms)
{
    const auto lasting = std::ranges::find_if(
        outages_, [&](const Outage& outage) { return outage.to_ms == 0 && outage.upstream == upstream.id; });
    if (lasting == outages_.end()) {
        if (upstream.up) return;
        outages_.push_back(
            {upstream.id, upstream.since_ms != 0 ? upstream.since_ms : now_ms, 0, upstream.why});
        if (outages_.size() > most_outages) outages_.pop_front();
        return;
    }
    if (upstream.up) {
        lasting->to_ms = std::max(lasting->from_ms, std::min(now_ms, upstream.since_ms));
    } else if (!upstream.why.empty()) {
        lasting->why = upstream.why;  // the latest word
    }
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
    return out + "]}";
}

}  // namespace tidegate::web

#include "gateway/upstreams.hpp"

#include "base/log.hpp"
#include "gateway/config/changes.hpp"
#include "gateway/config/load.hpp"
#include "gateway/rules/forward_choice.hpp"
#include "gateway/upstream_sink.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tidegate::gateway {

namespace {

bridge::SelectionRules selection_of(const UpstreamConfig& upstream, const std::vector<Rule>& rules)
{
    auto send = bridge::Send::both;
    if (upstream.send == "readings") send = bridge::Send::readings;
    if (upstream.send == "windows") send = bridge::Send::windows;
    bridge::SelectionRules selection{upstream.include, upstream.exclude, upstream.devices, send};
    if (const ForwardChoice choice(rules, upstream.name); !choice.lets_all()) selection.wanted = choice;
    return selection;
}

// The rules that say where series go, as text.
std::string forwarding_of(const std::vector<Rule>& rules)
{
    Config only;
    for (const auto& rule : rules)
        if (rule.forward) only.rules.push_back(rule);
    return as_toml(only);
}

bridge::LaneRules lanes_of(const UpstreamConfig& upstream)
{
    constexpr std::size_t few_batches = 4;
    bridge::LaneRules rules;
    rules.pace = {static_cast<std::uint64_t>(upstream.backlog_records), upstream.backlog_bytes.count,
                  upstream.bytes_per_hour.count, upstream.bytes_per_day.count};
    rules.few = few_batches * static_cast<std::size_t>(upstream.batch);
    return rules;
}

Error about(const std::string& name, const Error& error)
{
    return {error.kind, fmt::format("upstream {}: {}", name, error.what)};
}

}  // namespace

Upstreams::Upstreams(store::Store& store, const GatewayConfig& gateway, bridge::TraceTap& trace)
    : store_(store),
      gateway_(gateway.id),
      trace_(trace),
      dead_letters_(gateway.state_directory)
{
}

Result<std::unique_ptr<bridge::Forwarder>> Upstreams::make(const UpstreamConfig& upstream,
                                                           const std::vector<Rule>& rules)
{
    auto sink = make_sink(upstream, gateway_);
    if (!sink) return sink.error();
    auto selection = bridge::Selection::make(selection_of(upstream, rules));
    if (!selection) return selection.error();
    bridge::ForwarderOptions options;
    options.name = upstream.name;
    options.gateway = gateway_;
    options.batch = static_cast<std::size_t>(upstream.batch);
    options.dead = &dead_letters_;
    options.trace = &trace_;
    options.lanes = lanes_of(upstream);
    options.selection = std::move(*selection);
    return std::make_unique<bridge::Forwarder>(store_, std::move(*sink), std::move(options));
}

std::vector<Error> Upstreams::prepare(const std::vector<UpstreamConfig>& wanted,
                                      const std::vector<Rule>& rules)
{
    const auto forwarding = forwarding_of(rules);
    std::vector<Error> wrong;
    wanted_.clear();
    for (const auto& upstream : wanted) {
        Way way{upstream.name, fingerprint(upstream) + forwarding, nullptr};
        const auto known = std::ranges::find(ways_, way.name, &Way::name);
        if (known == ways_.end() || known->fingerprint != way.fingerprint) {
            auto made = make(upstream, rules);
            if (!made)
                wrong.push_back(about(upstream.name, made.error()));
            else
                way.forwarder = std::move(*made);
        }
        wanted_.push_back(std::move(way));
    }
    return wrong;
}

void Upstreams::part()
{
    for (auto& way : ways_) {
        const auto stays = std::ranges::find(wanted_, way.name, &Way::name);
        if (stays == wanted_.end() || stays->forwarder) way.forwarder->stop();
    }
}

Result<> Upstreams::apply()
{
    Result<> done;
    std::vector<std::string> names;
    std::vector<Way*> starting;
    for (auto& way : wanted_) {
        names.push_back(way.name);
        if (way.forwarder)
            starting.push_back(&way);
        else
            way.forwarder = std::move(std::ranges::find(ways_, way.name, &Way::name)->forwarder);
    }
    ways_.swap(wanted_);  // each stays where it is
    store_.retire_upstreams_but(names);
    for (auto* way : starting) {
        const auto started = way->forwarder->start();
        if (started) continue;
        way->fingerprint.clear();  // to be made anew
        done = about(way->name, started.error());
    }
    return done;
}

void Upstreams::discard()
{
    wanted_.clear();
}

std::vector<std::string> Upstreams::names() const
{
    std::vector<std::string> names;
    for (const auto& way : ways_) names.push_back(way.name);
    return names;
}

void Upstreams::stop()
{
    for (auto& way : ways_) way.forwarder->stop();
}

void Upstreams::retry_now(const std::string& id)
{
    const auto found = std::ranges::find(ways_, id, &Way::name);
    if (found != ways_.end()) found->forwarder->retry_now();
}

std::vector<web::UpstreamFacts> Upstreams::facts(const store::StoreState& state) const
{
    std::vector<web::UpstreamFacts> facts;
    for (const auto& way : ways_) facts.push_back(facts_of(way, state));
    return facts;
}

web::UpstreamFacts Upstreams::facts_of(const Way& way, const store::StoreState& state) const
{
    const auto status = way.forwarder->status();
    web::UpstreamFacts facts{status.name,
                             status.kind,
                             status.url,
                             status.up,
                             status.since_ms,
                             status.attempts,
                             status.next_try_ms,
                             status.why,
                             status.oldest_ms,
                             status.rate,
                             {}};
    for (const auto& books : state.upstreams)
        if (books.name == status.name) facts.books = books;
    facts.alarm = status.alarm;
    facts.seconds_left = status.seconds_left;
    facts.held_by = status.held_by;
    facts.unacknowledged_ms = status.unacknowledged_ms;
    facts.reopened = status.reopened;
    facts.dead = dead_letters_.count(status.name);
    return facts;
}

}  // namespace tidegate::gateway

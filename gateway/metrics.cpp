#include "gateway/metrics.hpp"

#include "base/clock.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <vector>

namespace tidegate::gateway {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

// Collects families in the order of their first sample.
class Families {
public:
    void counter(const std::string& name, const std::string& help, double value, Labels labels = {})
    {
        ClientMetric metric;
        metric.label = std::move(labels);
        metric.counter.value = value;
        family(name, help, MetricType::Counter).metric.push_back(std::move(metric));
    }

    void gauge(const std::string& name, const std::string& help, double value, Labels labels = {})
    {
        ClientMetric metric;
        metric.label = std::move(labels);
        metric.gauge.value = value;
        family(name, help, MetricType::Gauge).metric.push_back(std::move(metric));
    }

    void histogram(const std::string& name, const std::string& help, const Durations& durations)
    {
        ClientMetric metric;
        metric.histogram.sample_count = durations.count;
        metric.histogram.sample_sum = durations.seconds;
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < durations.buckets.size(); ++i) {
            below += durations.buckets[i];
            const bool last = i == durations.bounds.size();
            const double bound = last ? std::numeric_limits<double>::infinity() : durations.bounds[i];
            metric.histogram.bucket.push_back({below, bound});
        }
        family(name, help, MetricType::Histogram).metric.push_back(std::move(metric));
    }

    std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

private:
    MetricFamily& family(const std::string& name, const std::string& help, MetricType type)
    {
        for (auto& known : families_)
            if (known.name == name) return known;
        families_.push_back({name, help, type, {}});
        return families_.back();
    }

    std::vector<MetricFamily> families_;
};

double number(std::uint64_t count)
{
    return static_cast<double>(count);
}

void add_books(Families& out, const store::Books& books)
{
    out.counter("tidegate_messages_received_total", "Messages taken in.", number(books.received));
    out.counter("tidegate_messages_stored_total", "Messages that gave readings or metadata.",
                number(books.stored_messages));
    for (std::size_t i = 0; i < books.rejected.size(); ++i)
        out.counter("tidegate_messages_rejected_total", "Messages that gave none.", number(books.rejected[i]),
                    {{"reason", std::string(to_string(static_cast<store::Reject>(i)))}});
    out.counter("tidegate_readings_read_total", "Readings that messages held.", number(books.read));
    out.counter("tidegate_readings_stored_total", "Readings stored.", number(books.stored_readings));
    out.counter("tidegate_readings_summarised_total", "Readings folded into summaries.",
                number(books.summarised));
    out.counter("tidegate_readings_derived_total", "Readings that the gateway made itself.",
                number(books.derived));
    for (std::size_t i = 0; i < books.suppressed.size(); ++i)
        out.counter("tidegate_readings_suppressed_total", "Readings not stored on purpose.",
                    number(books.suppressed[i]),
                    {{"reason", std::string(to_string(static_cast<store::Suppress>(i)))}});
}

void add_wear(Families& out, const store::Wear& wear, std::uint64_t endurance)
{
    for (std::size_t i = 0; i < wear.bytes.size(); ++i)
        out.counter("tidegate_store_bytes_written_total",
                    "Bytes sent to the disk since start, in whole pages.", number(wear.bytes[i]),
                    {{"cause", std::string(to_string(static_cast<store::Cause>(i)))}});
    out.gauge("tidegate_store_bytes_written_ever",
              "Bytes sent to the disk since the data directory was made.", number(wear.total));
    if (endurance > 0)
        out.gauge("tidegate_card_endurance_bytes", "Bytes that the card may be written in its life.",
                  number(endurance));
}

void add_upstream(Families& out, const web::UpstreamFacts& upstream, std::uint64_t last_seq)
{
    const Labels labels{{"upstream", upstream.id}};
    out.gauge("tidegate_upstream_up", "1 while its deliveries are acknowledged.", upstream.up ? 1 : 0,
              labels);
    out.counter("tidegate_upstream_delivered_total", "Readings that it acknowledged.",
                number(upstream.books.delivered), labels);
    out.gauge("tidegate_upstream_queued", "Readings that it is owed.",
              number(upstream.books.queued(last_seq)), labels);
    out.gauge("tidegate_upstream_backlog", "Of those, readings that go behind the new ones.",
              number(upstream.books.backlog()), labels);
    out.gauge("tidegate_upstream_backlog_seconds",
              "Seconds until the backlog is sent; 0: there is none, or it is not known.",
              static_cast<double>(upstream.seconds_left.value_or(0)), labels);
    out.gauge("tidegate_upstream_unacknowledged_seconds",
              "How long the delivery under way has waited for its acknowledgement.",
              static_cast<double>(upstream.unacknowledged_ms) / 1000, labels);
    out.counter("tidegate_upstream_reopened_total",
                "Connections given up because no acknowledgement came, since start.",
                number(upstream.reopened), labels);
    const auto age =
        upstream.oldest_ms == 0 ? 0.0 : static_cast<double>(wall_ms() - upstream.oldest_ms) / 1000;
    out.gauge("tidegate_upstream_oldest_age_seconds", "Age of the oldest reading that it is owed.", age,
              labels);
    out.gauge("tidegate_upstream_dead", "Readings that it refused and that are kept.", number(upstream.dead),
              labels);
    out.gauge("tidegate_upstream_alarm", "1 while only a person can mend it.", upstream.alarm.empty() ? 0 : 1,
              labels);
    for (std::size_t i = 0; i < upstream.books.discarded.size(); ++i)
        out.counter(
            "tidegate_upstream_discarded_total", "Readings that it will not get.",
            number(upstream.books.discarded[i]),
            {{"upstream", upstream.id}, {"reason", std::string(to_string(static_cast<store::Discard>(i)))}});
}

void add_broker(Families& out, const web::BrokerFacts& broker)
{
    const Labels labels{{"broker", broker.name}};
    out.gauge("tidegate_broker_up", "1 while connected and subscribed.", broker.connected ? 1 : 0, labels);
    out.counter("tidegate_broker_connects_total", "Connections that it accepted.", number(broker.connects),
                labels);
    out.counter("tidegate_broker_duplicates_total", "Messages that it delivered with DUP: perhaps again.",
                number(broker.duplicates), labels);
    out.counter("tidegate_broker_redelivered_total",
                "Of them, those that had been taken in before, for certain: counted, not stored again.",
                number(broker.redelivered), labels);
    out.counter("tidegate_broker_own_total", "Messages of the gateway's own that came back, and went.",
                number(broker.own), labels);
    out.gauge("tidegate_broker_ring_bytes", "Bytes of it in its intake ring that are not committed yet.",
              number(broker.ring_bytes), labels);
    for (const auto& [reason, count] : broker.reconnects)
        out.counter(
            "tidegate_broker_reconnects_total",
            "Times that it was to be connected to again, by what had ended the connection or attempt.",
            number(count), {{"broker", broker.name}, {"reason", reason}});
}

// Bounded labels, and each one there from the start: a counter that comes up only when it counts is missed.
void add_given_up(Families& out, const std::vector<store::GapTotal>& totals)
{
    for (const auto of : {store::Tier::readings, store::Tier::minutes, store::Tier::hours}) {
        for (const std::string reason : {"bytes", "disk", "age", "damage"}) {
            std::uint64_t thinned = 0, dropped = 0;
            for (const auto& total : totals)
                if (total.of == of && total.reason == reason)
                    (total.resolution_ms > 0 ? thinned : dropped) += total.count;
            const Labels labels{{"of", std::string(to_string(of))}, {"reason", reason}};
            out.counter("tidegate_history_thinned_total",
                        "Readings, minutes and hours of which history keeps only what is coarser.",
                        number(thinned), labels);
            out.counter("tidegate_history_dropped_total",
                        "Readings, minutes and hours of which history keeps nothing.", number(dropped),
                        labels);
        }
    }
}

void add_commands(Families& out, const store::CommandBook::Counts& counts)
{
    out.gauge("tidegate_commands_waiting", "Commands that wait for their broker.", number(counts.waiting));
    for (const auto state : {store::CommandState::sent, store::CommandState::unconfirmed,
                             store::CommandState::expired, store::CommandState::refused})
        out.counter("tidegate_commands_total", "Commands to devices that have ended.",
                    number(counts.ended[static_cast<std::size_t>(state)]),
                    {{"result", std::string(to_string(state))}});
}

void add_alarms(Families& out, const store::AlarmCounts& alarms)
{
    constexpr auto help = "Alarms that are on.";
    out.gauge("tidegate_alarms", help, number(alarms.open), {{"state", "open"}});
    out.gauge("tidegate_alarms", help, number(alarms.acknowledged), {{"state", "acknowledged"}});
    for (std::size_t i = 0; i < store::severities; ++i)
        out.gauge("tidegate_alarms_open", "Alarms that are on and that nobody has acknowledged.",
                  number(alarms.by_severity[i]),
                  {{"severity", std::string(to_string(static_cast<store::Severity>(i)))}});
    out.counter("tidegate_alarms_raised_total", "Alarms raised since start.", number(alarms.raised));
}

void add_configuration(Families& out, const web::ConfigurationFacts& facts)
{
    for (const auto& [result, count] :
         {std::pair{"applied", facts.applied}, std::pair{"refused", facts.refused}})
        out.counter("tidegate_configuration_reloads_total", "Times that the configuration was read again.",
                    number(count), {{"result", result}});
    out.gauge("tidegate_configuration_good", "0 while the files hold a configuration that was refused.",
              facts.problems.empty() ? 1 : 0);
    out.gauge("tidegate_configuration_incomplete",
              "Parts of the configuration in effect that could not be started.",
              static_cast<double>(facts.incomplete.size()));
    out.gauge("tidegate_configuration_needs_restart", "Keys that have changed and need a restart.",
              static_cast<double>(facts.needs_restart.size()));
}

void add_requests(Families& out, const RequestFacts& facts)
{
    const auto count = [&](const char* result, std::uint64_t requests) {
        out.counter("tidegate_requests_total",
                    "Requests to devices to say again what they know, by what became of them.",
                    number(requests), {{"broker", facts.broker}, {"result", result}});
    };
    if (facts.asks) count("sent", facts.sent);
    if (facts.asks) count("dropped", facts.dropped);
    if (facts.is_host)
        out.gauge("tidegate_sparkplug_host_online", "1 while its nodes are told that their host is there.",
                  facts.host_online ? 1 : 0, {{"broker", facts.broker}});
}

void add_posts(Families& out, const std::array<std::uint64_t, post_outcome_count>& posts)
{
    constexpr std::array<const char*, post_outcome_count> names{
        "committed", "partly", "invalid", "too_large", "pressed", "overdue", "denied"};
    for (std::size_t i = 0; i < posts.size(); ++i)
        out.counter("tidegate_posts_total", "Posts of readings that were answered, by what became of them.",
                    number(posts[i]), {{"outcome", names[i]}});
}

void add_learning(Families& out, const DecodingFacts& decoding)
{
    out.counter("tidegate_values_absent_total", "Values that were null or NaN, which are no readings.",
                number(decoding.absent));
    out.gauge("tidegate_metadata_facts", "Facts on series kept from discovery, births and descriptions.",
              number(decoding.facts));
    const auto refused = [&](const char* reason, std::uint64_t facts) {
        out.counter("tidegate_metadata_refused_total",
                    "Facts on series that were not kept as they came; \"cut\": kept with a shorter text.",
                    number(facts), {{"reason", reason}});
    };
    refused("full", decoding.refusals.full);
    refused("too_long", decoding.refusals.too_long);
    refused("cut", decoding.refusals.cut);
    out.counter("tidegate_series_relearned_total",
                "Series of which more became known after their first reading.", number(decoding.renamed));
    for (std::size_t i = 0; i < decoding.devices.size(); ++i)
        out.gauge("tidegate_devices", "Devices, by whether they are there.", number(decoding.devices[i]),
                  {{"state", std::string(to_string(static_cast<Presence>(i)))}});
}

void add_web(Families& out, const web::WebCounts& web)
{
    out.gauge("tidegate_web_connections", "Connections to the web server.", static_cast<double>(web.open));
    out.counter("tidegate_web_connections_total", "Connections accepted since start.", number(web.accepted));
    out.counter("tidegate_web_requests_total", "Requests since start.", number(web.requests));
    out.counter("tidegate_web_accepting_paused_total",
                "Times that no connection could be accepted: there were no descriptors.", number(web.paused));
    for (std::size_t i = 0; i < web.turned.size(); ++i)
        out.counter("tidegate_web_refused_total", "Connections and requests refused or cut off, by why.",
                    number(web.turned[i]), {{"reason", std::string(web::turned_names[i])}});
}

void add_accounts(Families& out, const web::Accounts::Counts& accounts)
{
    for (std::size_t i = 0; i < accounts.logins.size(); ++i)
        out.counter("tidegate_logins_total", "Attempts to log in or to claim the gateway, since start.",
                    number(accounts.logins[i]), {{"result", std::string(web::login_names[i])}});
    for (std::size_t i = 0; i < accounts.refusals.size(); ++i)
        out.counter("tidegate_access_refused_total", "Requests that were refused for who asked, since start.",
                    number(accounts.refusals[i]), {{"reason", std::string(web::refused_names[i])}});
    out.gauge("tidegate_sessions", "Sessions of users that have logged in.", number(accounts.sessions));
    out.gauge("tidegate_claimed", "0 while the gateway belongs to nobody.", accounts.claimed ? 1 : 0);
}

}  // namespace

std::string metrics_text(const web::GatewayFacts& facts,
                         const DecodingFacts& decoding,
                         std::size_t series,
                         const web::LiveFacts& live,
                         const std::vector<web::CommandLinkFacts>& command_links,
                         const web::WebCounts& web)
{
    Families out;
    const auto& store = facts.store;
    add_books(out, store.books);
    add_learning(out, decoding);
    add_posts(out, decoding.posts);
    for (const auto& [reason, count] :
         {std::pair{"late", decoding.windows.late}, {"unsynchronised", decoding.windows.unsynchronised}})
        out.counter("tidegate_window_readings_left_out_total", "Readings that are in no window of a width.",
                    number(count), {{"reason", reason}});
    out.counter("tidegate_window_results_refused_total",
                "Results of windows not stored: limits.series is reached.", number(decoding.windows.refused));
    out.gauge("tidegate_load_level", "How hard the gateway is pressed: 0 to 3.", facts.load.level);
    out.gauge("tidegate_series", "Series known.", number(series));
    out.gauge("tidegate_intake_ring_bytes", "Bytes in the intake ring that are not committed yet.",
              number(facts.ring_bytes));
    out.gauge("tidegate_store_pending_readings", "Readings that are not committed yet.",
              number(store.pending));
    out.histogram("tidegate_store_commit_seconds", "How long commits take.", store.commits);
    add_wear(out, store.wear, facts.card_endurance);
    out.gauge("tidegate_store_bytes", "Bytes on disk.", number(store.log_bytes), {{"file", "log"}});
    out.gauge("tidegate_store_bytes", "Bytes on disk.", number(store.history_bytes), {{"file", "history"}});
    out.gauge("tidegate_store_held_bytes", "Bytes held for the upstream that is furthest behind.",
              number(store.held_bytes));
    out.gauge("tidegate_store_held_bytes_most",
              "How many that may become before what is not sent is thinned.", number(store.held_bytes_most));
    add_given_up(out, store.given_up);
    out.gauge("tidegate_store_damage", "Files found damaged at the start and mended.",
              static_cast<double>(store.damage.size()));
    for (const auto& upstream : facts.upstreams) add_upstream(out, upstream, store.last_seq);
    for (const auto& broker : facts.brokers) add_broker(out, broker);
    add_commands(out, facts.commands);
    add_alarms(out, facts.alarms);
    add_configuration(out, facts.configuration);
    for (const auto& link : command_links)
        out.gauge("tidegate_command_link_up",
                  "1 while nothing is known against a way that commands or their results take.",
                  link.up ? 1 : 0, {{"name", link.name}, {"way", link.way}});
    for (const auto& requests : decoding.requests) add_requests(out, requests);
    for (const auto& [transport, clients] :
         {std::pair{"websocket", live.web_sockets}, {"sse", live.event_streams}})
        out.gauge("tidegate_live_clients", "Clients of the live view.", number(clients),
                  {{"transport", transport}});
    out.histogram("tidegate_end_to_end_seconds",
                  "From a reading's arrival to the first live frame with it, of clients that keep up.",
                  live.reached);
    out.histogram("tidegate_live_frame_seconds",
                  "From handing a frame to a live client's connection to when it had taken it.",
                  live.written);
    add_web(out, web);
    if (facts.accounts) add_accounts(out, *facts.accounts);
    out.gauge("tidegate_clock_synchronised", "1 when the kernel believes the clock.",
              clock_synchronised() ? 1 : 0);
    out.gauge("process_resident_memory_bytes", "Resident memory.", number(facts.rss_bytes));
    if (facts.cpu_celsius)
        out.gauge("tidegate_cpu_temperature_celsius", "Of the processor, as the kernel says.",
                  *facts.cpu_celsius);
    out.counter("process_cpu_seconds_total", "CPU time taken.", facts.cpu_seconds);
    out.gauge("process_start_time_seconds", "Start, Unix time.",
              static_cast<double>(facts.started_ms) / 1000);
    return out.text();
}

}  // namespace tidegate::gateway

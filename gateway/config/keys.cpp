#include "gateway/config/keys.hpp"

#include <array>

namespace tidegate::gateway {

namespace {

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;
constexpr std::int64_t gib = 1024 * mib;
constexpr std::int64_t day = 86'400'000;

}  // namespace

std::span<const Key<GatewayConfig>> gateway_keys()
{
    using S = GatewayConfig;
    static const std::array keys{
        Key<S>{"id", &S::id, "Names this gateway upstream and on the dashboard. Default: the host's name."},
        Key<S>{"state_directory", &S::state_directory,
               "Where readings are kept. Default: $STATE_DIRECTORY, or /var/lib/tidegate where it "
               "is there, or ./tidegate-data."},
        Key<S>{"runtime_directory", &S::runtime_directory,
               "Where the intake ring lies; on a tmpfs, so that it costs no flash. Default: "
               "$RUNTIME_DIRECTORY, or /run/tidegate where it is there, or the state directory."},
    };
    return keys;
}

std::span<const Key<BrokerConfig>> broker_keys()
{
    using S = BrokerConfig;
    static const std::array keys{
        Key<S>{"name", &S::name,
               "Names the broker here, where there are several: letters, digits, `-` and `_`, 32 at most."},
        Key<S>{"url", &S::url, "mqtt://host:port, or mqtts:// for TLS."},
        Key<S>{
            "filters", &S::filters,
            "Topic filters to subscribe to, each a text, or `{filter = \"noise/#\", qos = 0}`. They should "
            "not overlap. `$share/GROUP/FILTER` divides the messages among all gateways that name the same "
            "group.",
            1},
        Key<S>{"qos", &S::qos, "Quality of service asked for. 1 is the safe one.", 0, 2},
        Key<S>{"version", &S::version, "MQTT 5 (3.1.1 where the broker refuses it), or 4 for 3.1.1 at once.",
               4, 5},
        Key<S>{
            "client_id", &S::client_id,
            "Names our session at the broker. Default: tidegate-ID, or tidegate-ID-NAME where name is set."},
        Key<S>{"user", &S::user, "User name; empty: none."},
        Key<S>{"password_file", &S::password_file,
               "File that holds the password, readable by the gateway alone."},
        Key<S>{"ca_file", &S::ca_file, "CA certificates (PEM) for mqtts. Default: the system's."},
        Key<S>{"certificate_file", &S::certificate_file,
               "Our certificate (PEM), for a broker that asks for one (mqtts)."},
        Key<S>{"key_file", &S::key_file, "Its private key (PEM). Empty: it is in the same file."},
        Key<S>{"alpn", &S::alpn, "Protocol that TLS asks for (ALPN), like \"mqtt\". Empty: none."},
        Key<S>{"session_expiry", &S::session_expiry,
               "How long the broker keeps our session while we are away.", 0, 365 * day},
        Key<S>{"keep_alive", &S::keep_alive,
               "A broker, or a link to it, that has said nothing for one and a half times this is given up, "
               "and connected to again.",
               1000, 3'600'000},
        Key<S>{
            "status_topic", &S::status_topic,
            "Topic on which the gateway says, retained, whether it is `online` or `offline`; the broker says "
            "the latter for it when it is lost. Empty: it says nothing."},
        Key<S>{"requests", &S::requests,
               "Whether devices are asked to say again what they know, where their protocol has that: a "
               "Sparkplug node for its birth, when a message is missing; a Victron installation to go on, "
               "which falls silent otherwise. On `spBv1.0/+/NCMD/+` and `R/+/keepalive` alone, ten a second "
               "at most. false: we only listen."},
        Key<S>{"sparkplug_host", &S::sparkplug_host,
               "Sparkplug host id under which we say that a host application is there "
               "(`spBv1.0/STATE/ID`, with a will, as Sparkplug 3.0 has it), for nodes that wait for their "
               "primary host. Empty: we are none."},
    };
    return keys;
}

std::span<const Key<LimitsConfig>> limits_keys()
{
    using S = LimitsConfig;
    static const std::array keys{
        Key<S>{"payload", &S::payload, "Largest payload that is read.", 1, 16 * mib},
        Key<S>{
            "text", &S::text,
            "Longest text that is kept as a reading. A message's longer ones are left out of it and counted "
            "(`tidegate_values_absent_total`); one that has nothing else is rejected.",
            16, 64 * kib},
        Key<S>{"depth", &S::depth, "Deepest nesting of JSON.", 1, 1000},
        Key<S>{"fields", &S::fields, "Most values in one payload.", 1, 100'000},
        Key<S>{"series", &S::series, "Most series that may exist.", 1, 1'000'000},
        Key<S>{"metadata", &S::metadata,
               "Most facts that are remembered of discovery, births and descriptions.", 100, 10'000'000},
        Key<S>{"ring", &S::ring, "Size of the intake ring between broker and gateway.", 256 * kib, gib},
    };
    return keys;
}

std::span<const Key<StoreConfig>> store_keys()
{
    using S = StoreConfig;
    static const std::array keys{
        Key<S>{"commit", &S::commit,
               "Readings are committed together at least this often; with `strict` every 250ms. A crash or "
               "kill of the gateway costs nothing of what waits, and live values do not wait. Shorter than "
               "`sync`, it wears the card more and keeps nothing better.",
               10, 60'000},
        Key<S>{
            "durability", &S::durability,
            "What may be lost. A crash or kill of the gateway costs nothing that was committed, in any of "
            "them. A power cut costs: `timed`, at most what came in within the last `sync` (or `commit`, if "
            "that is longer); `strict`, nothing that was committed, as every commit is forced onto the disk, "
            "at the highest wear; `relaxed`, what was "
            "committed since SQLite's last checkpoint (4 MiB of commits: minutes on a busy gateway, hours "
            "on a quiet one), at the lowest wear. None of them damages what is older. In `relaxed` an "
            "upstream may be sent what a power cut then takes back here, so each start has an epoch of its "
            "own, and what is sent again after a restart cannot be told by epoch and seq.",
            0, 0, "timed|strict|relaxed"},
        Key<S>{"sync", &S::sync,
               "With `timed`: a commit is forced onto the disk at least this often. For every commit, say "
               "durability = \"strict\".",
               10, 60'000},
        Key<S>{
            "buffer", &S::buffer,
            "Disk for readings in the order of their arrival. Beyond it, what an upstream has not had yet is "
            "sent from history, where it takes a third of the room.",
            4 * mib, 1024 * gib},
        Key<S>{
            "history", &S::history,
            "Disk for history. Beyond it the oldest is thinned: readings to minutes, minutes to hours; then "
            "hours go. What an upstream has not had yet goes last.",
            16 * mib, 1024 * gib},
        Key<S>{"history_age", &S::history_age,
               "History older than this goes; not while the clock has not been set in this boot (NTP).", day,
               36'500 * day},
        Key<S>{"free", &S::free, "What history leaves free on the disk; it is thinned for that.", 0,
               1024 * gib},
        Key<S>{"card_endurance", &S::card_endurance,
               "What the card may be written in its life (TBW in its data sheet), like \"30TB\". With it the "
               "dashboard says how long it lasts. 0B: not said.",
               0, 10'000'000'000'000'000},
    };
    return keys;
}

std::span<const Key<CommandsConfig>> commands_keys()
{
    using S = CommandsConfig;
    static const std::array keys{
        Key<S>{"allow", &S::allow,
               "Topic filters: a command goes only to a topic that one of them matches. None: no commands."},
        Key<S>{"payload", &S::payload, "Largest payload of a command.", 0, 48 * kib},
        Key<S>{"expiry", &S::expiry, "How old a command may be when it is sent, where it does not say.", 1000,
               7 * day},
        Key<S>{"clock", &S::clock,
               "What tells how old a command from an upstream is: the clock once the kernel says that it is "
               "`synchronised` (NTP), until then such commands wait; or the clock as it is (`trusted`), for "
               "containers and virtual machines, where the host sets it and the kernel never says so.",
               0, 0, "synchronised|trusted"},
    };
    return keys;
}

std::span<const Key<UpstreamConfig>> upstream_keys()
{
    using S = UpstreamConfig;
    static const std::array keys{
        Key<S>{"name", &S::name, "Names the upstream, and its place in the buffer.", 0, 0, {}, true},
        Key<S>{"kind", &S::kind, "How it is spoken to.", 0, 0, "mqtt|https|influxdb|kafka", true},
        Key<S>{"url",
               &S::url,
               "mqtt://, mqtts://, https:// or http://; for influxdb without a path, http://host:8086; for "
               "Kafka kafka://host:port,host:port or, with TLS, kafkas://.",
               0,
               0,
               {},
               true},
        Key<S>{"user", &S::user, "User name; empty: none."},
        Key<S>{"password_file", &S::password_file, "File that holds the password."},
        Key<S>{"token_file", &S::token_file,
               "File that holds a bearer token (https), or a token of InfluxDB 2."},
        Key<S>{"ca_file", &S::ca_file, "CA certificates (PEM). Default: the system's."},
        Key<S>{"certificate_file", &S::certificate_file,
               "Our certificate (PEM), for an upstream that asks for one."},
        Key<S>{"key_file", &S::key_file, "Its private key (PEM). Empty: it is in the same file."},
        Key<S>{"alpn", &S::alpn, "Protocol that TLS asks for (mqtt), like \"mqtt\". Empty: none."},
        Key<S>{"mode", &S::mode,
               "What a message is (mqtt): a batch of readings; or, mirrored, each reading by itself on its "
               "own topic, "
               "its value for a payload. Default of `rename` then: `{gateway}/{topic}`.",
               0, 0, "batch|mirror"},
        Key<S>{"proxy", &S::proxy,
               "Proxy on the way (https, influxdb), like \"http://10.0.0.1:3128\" or \"socks5h://…\". Empty: "
               "none, "
               "whatever the environment says."},
        Key<S>{"down", &S::down,
               "Topic on which it may send commands (mqtt), like \"tidegate/{gateway}/down\"; results go to "
               "that with `/result` behind it. Empty: none are taken from it. See [commands]."},
        Key<S>{"batch", &S::batch, "Most readings in one message, request, or delivery (kafka).", 1, 10'000},
        Key<S>{"in_flight", &S::in_flight,
               "Most batches under way at a time (mqtt, https, influxdb), where much waits. 1: one after the "
               "other.",
               1, 20},
        Key<S>{"backlog_records", &S::backlog_records,
               "Most readings of a backlog a second; new ones are not held back. 0: no bound.", 0,
               10'000'000},
        Key<S>{"backlog_bytes", &S::backlog_bytes,
               "Most bytes of a backlog a second, packed as they are sent. 0B: no bound.", 0, 1024 * gib},
        Key<S>{"bytes_per_hour", &S::bytes_per_hour,
               "What may be sent in an hour (UTC), for links that are paid by the byte. New readings count "
               "and go all "
               "the same; the backlog waits for the next hour. 0B: no bound.",
               0, 1024 * gib},
        Key<S>{"bytes_per_day", &S::bytes_per_day, "The same in a day (UTC). 0B: no bound.", 0, 1024 * gib},
        Key<S>{"include", &S::include, "Topic filters: only what they match is sent. None: everything."},
        Key<S>{"exclude", &S::exclude, "Topic filters: what they match is not sent."},
        Key<S>{"devices", &S::devices,
               "Names: only what belongs to these devices is sent. None: everything."},
        Key<S>{"send", &S::send,
               "What of these series: what devices said (and summaries in its place), what windows made of "
               "it, or "
               "both. Alarms are sent in any case.",
               0, 0, "readings|windows|both"},
        Key<S>{
            "rename", &S::rename,
            "What a topic is called upstream (mqtt, https, kafka), like \"plant1/{topic}\". In all patterns: "
            "`{topic}`, `{topic:2}` (its second level), `{field}`, `{source}`, `{window}`, `{statistic}`, "
            "`{device}`, `{name}`, `{unit}`, `{class}`, `{gateway}`. Empty: as it is."},
        Key<S>{"tags", &S::tags,
               "\"key=pattern\" each; a tag whose value is empty is left out. Default for influxdb: "
               "`gateway={gateway}` and `device={device}`."},
        Key<S>{"payload", &S::payload,
               "How batches are written (mqtt, https, kafka): JSON, the same as CBOR, or SenML (RFC 8428), "
               "which "
               "has no place for seq, epoch and tags.",
               0, 0, "json|cbor|senml"},
        Key<S>{"compression", &S::compression, "Of the body (https).", 0, 0, "gzip|zstd|none"},
        Key<S>{"topic", &S::topic, "Topic (kafka)."},
        Key<S>{"record", &S::record,
               "What a record of Kafka is: a reading, its key the series; or a whole batch, its key the "
               "gateway.",
               0, 0, "reading|batch"},
        Key<S>{"sasl", &S::sasl, "SASL mechanism (kafka), where a user is named.", 0, 0,
               "PLAIN|SCRAM-SHA-256|SCRAM-SHA-512"},
        Key<S>{"database", &S::database, "Database (InfluxDB 1)."},
        Key<S>{"retention_policy", &S::retention_policy,
               "Retention policy (InfluxDB 1). Empty: its default."},
        Key<S>{"org", &S::org, "Organisation (InfluxDB 2)."},
        Key<S>{"bucket", &S::bucket, "Bucket (InfluxDB 2)."},
        Key<S>{"measurement", &S::measurement,
               "Pattern of the measurement (influxdb). The field key is the reading's field, `value` for a "
               "payload that is one value."},
        Key<S>{
            "integers", &S::integers,
            "How whole numbers are written (influxdb). InfluxDB refuses an integer in a field of floats and "
            "the other way round; so `float` writes each as the float that it equals, and those beyond 2^53 "
            "into a field of their own, NAME_integer. `integer`: all as integers, for series that never say "
            "21.5.",
            0, 0, "float|integer"},
    };
    return keys;
}

}  // namespace tidegate::gateway

#include "gateway/config/keys.hpp"

#include <array>

namespace tidegate::gateway {

std::span<const Key<Rule>> rule_keys()
{
    constexpr std::int64_t day = 86'400'000;
    using S = Rule;
    static const std::array keys{
        Key<S>{"topic", &S::topic, "Topic filter of the series that it is about."},
        Key<S>{"device", &S::device,
               "Their device, as it is shown; `*` stands for any text. Empty: any, as in the next two."},
        Key<S>{"field", &S::field, "Their field: a JSON Pointer, like `/AM2301/Temperature` or `*/Power`."},
        Key<S>{"class", &S::device_class,
               "What is measured, in Home Assistant's words (`temperature`, `energy`), where it is known."},
        Key<S>{"decoder", &S::decoder,
               "How the messages of the topic are read, whatever they look like: a family of devices "
               "([decoders.md](decoders.md)), or `json`, `cbor`, `messagepack`, `line-protocol`, `senml`, "
               "`scalar`, `text`."},
        Key<S>{"rename", &S::rename, "Name of the device."},
        Key<S>{"name", &S::name, "Name of the series."},
        Key<S>{"unit", &S::unit, "Unit, as displayed."},
        Key<S>{"factor", &S::factor,
               "A number is multiplied by this first of all; all else sees the result."},
        Key<S>{"offset", &S::offset, "And this is added. Both are one aspect."},
        Key<S>{"sample", &S::sample,
               "At most one message a topic in this time; the others are dropped before they are decoded, "
               "and counted. `0ms`: all.",
               0, day},
        Key<S>{
            "deadband", &S::deadband,
            "A number is stored when it is at least so far from the last one that was: 0.5, or `\"2%\"` of "
            "that one. 0: always."},
        Key<S>{"on_change", &S::on_change,
               "A value is stored when it is another than the last one that was."},
        Key<S>{
            "heartbeat", &S::heartbeat,
            "With `deadband` and `on_change`: stored all the same when the last one is so old. `0ms`: never.",
            0, 365 * day},
        Key<S>{
            "rate", &S::rate,
            "Of the readings in each such time, aligned to the clock, the first, the extremes and the last "
            "are stored, and as series of their own the count and the mean of all. `0ms`: no limit.",
            0, day},
        Key<S>{"event", &S::event,
               "Each is something that happened, like the press of a button: none is left out or folded."},
        Key<S>{
            "windows", &S::windows,
            "Statistics over windows of these lengths, aligned to the clock (UTC), as series of their own.",
            1000, 7 * day},
        Key<S>{"values", &S::values, "Which statistics. Default: `[\"count\", \"min\", \"mean\", \"max\"]`.",
               1, 0, "count|min|max|mean|first|last|sum|increase"},
        Key<S>{"lateness", &S::lateness,
               "So long a window waits for readings that come late. Default: `10s`.", 0, day},
        Key<S>{"keep", &S::keep,
               "`false`: numbers are not stored themselves, only their windows, which the same rule makes."},
        Key<S>{
            "history", &S::history,
            "How long they are kept here, in whole days (UTC), where that is less than `store.history_age`. "
            "What windows and alarms make of them stays.",
            day, 36500 * day},
        Key<S>{
            "forward", &S::forward,
            "Which upstreams get them: `\"all\"`, `\"none\"`, `\"derived\"` (windows and summaries alone), "
            "or a list of names. What the gateway makes of a series goes where that goes."},
        Key<S>{
            "priority", &S::priority,
            "What is thinned first under load (`bulk`), and what never is (`critical`). Default: `normal`.",
            0, 0, "critical|normal|bulk"},
    };
    return keys;
}

}  // namespace tidegate::gateway

// What the stand-in gateway tells beside values: the last day, messages as they came, configuration, commands.
import { valueAt } from "./fleet.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** As in the band: where the upstream is away, what is held rises. */
export function timelineOf(scenario, began, now, heldNow) {
    const away = [
        [now - 22.7 * HOUR, now - 22.6 * HOUR, "timed out"],
        [now - 14 * HOUR, now - 12.4 * HOUR, "connection refused"],
    ];
    const outage = scenario === "outage" || scenario === "many";
    if (outage) away.push([began - 41 * MINUTE, null, "connection refused"]);
    // Up to the minute under way.
    const start = (Math.floor((now - 24 * HOUR) / MINUTE) + 1) * MINUTE;
    // "young": installed twelve hours ago, away from eight to three hours ago.
    const wasOn = (at) =>
        scenario !== "young" || (at > now - 12 * HOUR && !(at > now - 8 * HOUR && at < now - 3 * HOUR));
    const t = Array.from({ length: 24 * 60 }, (_, n) => start + n * MINUTE).filter(wasOn);
    const held = t.map((at) => {
        for (const [from, to] of away) {
            const end = to ?? now;
            if (at >= from && at <= end) return Math.round(((at - from) / 1000) * 412);
            const drained = end + (end - from) / 4;
            if (at > end && at < drained)
                return Math.round(((drained - at) / (drained - end)) * ((end - from) / 1000) * 412);
        }
        return 12;
    });
    if (scenario === "none") held.fill(0);
    held[held.length - 1] = heldNow;
    return {
        step_ms: MINUTE,
        t,
        in: t.map((at) => 412 + Math.round(30 * Math.sin(at / 900_000))),
        held,
        level: held.map((n) => n / 4_200_000),
        outages:
            scenario === "none"
                ? []
                : away.reverse().map(([from, to, why]) => ({ upstream: "eu1", from, to, why })),
    };
}

export function devicesOf(fleet, state, began) {
    if (state !== "offline") return [];
    return fleet.some((s) => s.device === "gate-1")
        ? [
              {
                  name: "gate-1",
                  state: "offline",
                  since: began - 12 * MINUTE,
                  why: "plant2/yard/gate-1/LWT says so",
                  series: 2,
                  heard: began - 12 * MINUTE,
                  availability: "plant2/yard/gate-1/LWT",
              },
          ]
        : [];
}

export function messagesOf(fleet, device, now) {
    const own = fleet.filter((s) => s.device === device && !s.never);
    if (own.length === 0) return [];
    const body = {};
    for (const s of own) {
        const path = s.field.slice(1).split("/");
        let at = body;
        for (const step of path.slice(0, -1)) {
            at[step] ??= {};
            at = at[step];
        }
        at[path.at(-1)] = valueAt(s, now);
    }
    const payload = JSON.stringify(body);
    return [
        {
            topic: own[0].topic,
            at: now - 900,
            bytes: payload.length,
            payload,
            retained: false,
            decoder: "json",
            readings: own.length,
            reason: "",
            why: "",
        },
    ];
}

export function rejectedOf(scenario, now) {
    if (scenario === "normal" || scenario === "empty") return { messages: [], limited: [] };
    const row = (ago, topic, payload, reason, why) => ({
        topic,
        at: now - ago,
        bytes: payload.length,
        payload,
        retained: false,
        decoder: "",
        readings: 0,
        reason,
        why,
    });
    return {
        messages: [
            row(
                20_000,
                "plant2/lab/co2-lab/state",
                '{"co2": 6',
                "malformed",
                "ends within a number at byte 9",
            ),
            row(
                95_000,
                "plant2/line3/press-3/trace",
                '{"trace":[…]}',
                "too_many_fields",
                "more than 1000 values",
            ),
            {
                ...row(3 * MINUTE, "plant2/yard/meter/raw", "", "not_utf8", "neither JSON nor text"),
                payload: undefined,
                payload_hex: "68aeae68282101",
                bytes: 7,
            },
            row(9 * MINUTE, "plant2/cold/cold-c/state", "null", "no_reading", "holds no value"),
        ],
        limited: [
            { topic: "plant2/line3/press-3/vib/raw", dropped: 11_204 },
            { topic: "plant2/lab/co2-lab/debug", dropped: 318 },
        ],
    };
}

export function booksOf(scenario, queued) {
    return {
        messages: {
            received: 98_240_412,
            stored: 98_239_771,
            rejected: { empty: 12, too_large: 3, malformed: 411, not_utf8: 7, no_reading: 208, sampled: 0 },
        },
        readings: {
            read: 391_004_118,
            stored: 389_912_004,
            summarised: 20,
            derived: 1_204,
            suppressed: { retained_again: 1_002_114, series_limit: 0, deadband: 89_980 },
        },
        upstreams:
            scenario === "none"
                ? []
                : [
                      {
                          id: "eu1",
                          stored: 389_913_208,
                          delivered: 389_913_208 - queued - 96,
                          queued,
                          discarded: { buffer_full: 0, damaged: 96, refused: 0, left_out: 0 },
                      },
                  ],
        epoch: "000000000000b7c1",
        last_seq: 389_913_208,
    };
}

export const CONFIGURATION = `[gateway]
id = "plant-2"
state_directory = "/var/lib/tidegate"
runtime_directory = "/run/tidegate"

[[broker]]
name = "broker"
url = "mqtt://localhost:1883"
filters = ["#"]

[store]
buffer = "64MiB"
history = "4GiB"

[web]
address = "0.0.0.0"
port = 8080

[commands]
allow = ["plant2/+/+/set"]

[[alarm]]
name = "warm"
topic = "plant2/cold/#"
field = "/air/temperature"
above = -15
severity = "critical"
`;

export function decodeTrial({ topic, payload }) {
    let body;
    try {
        body = JSON.parse(payload);
    } catch {
        if (/^[[{]/.test(payload.trim()))
            return {
                readings: [],
                decoder: "json",
                reason: "malformed",
                what: "rejected, malformed: ends too early",
                asks: [],
            };
        body = payload;
    }
    const flat = [];
    const walk = (at, value) => {
        if (value !== null && typeof value === "object")
            for (const [key, one] of Object.entries(value)) walk(`${at}/${key}`, one);
        else flat.push([at, value]);
    };
    walk("", body);
    const decoder = typeof body === "object" ? "json" : "scalar";
    return {
        readings: flat.map(([field, value]) => ({
            topic,
            field,
            device: topic.split("/").at(-2) ?? topic,
            value,
            unit: /temp/.test(field) ? "°C" : null,
            time: Date.now(),
            time_source: "arrival",
            decoder,
            rule: null,
        })),
        decoder,
        reason: "",
        what: `${flat.length} readings, read as ${decoder}`,
        asks: [],
    };
}

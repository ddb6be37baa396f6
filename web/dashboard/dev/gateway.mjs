// A stand-in for the gateway, for work on the page without one: speaks docs/live-protocol.md and docs/api.md over a made-up
// plant. node gateway.mjs [--port 8090] [--series 86] [--scenario normal|outage|none|broker|trouble|many|empty|busy|lost|alarms|accounts|login|setup|flood|young]
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WebSocketServer } from "ws";
import { makeAccounts } from "./accounts.mjs";
import { makeFleet, silent, typeOf, valueAt } from "./fleet.mjs";
import {
    booksOf,
    CONFIGURATION,
    decodeTrial,
    devicesOf,
    messagesOf,
    rejectedOf,
    timelineOf,
} from "./insight.mjs";

const CSP =
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
};
const LADDER = [1000, 5000, 15000, 60000, 300000, 900000, 3600000];

export function startFake({
    port = 0,
    series = 86,
    scenario = "normal",
    epoch = `e${Date.now()}`,
    root,
} = {}) {
    const webRoot = root ?? fileURLToPath(new URL("../dist", import.meta.url));
    const began = Date.now();
    const fleet = scenario === "empty" ? [] : makeFleet(series, began);
    // Every number moves twice a second.
    if (scenario === "flood")
        for (const s of fleet) {
            s.every = 500;
            delete s.ends;
            delete s.never;
        }
    const cold = fleet.find((s) => s.device === "cold-b" && s.kind === "temperature");
    // What an alarm is kept in, as the gateway makes it.
    if (cold)
        fleet.push({
            ...cold,
            id: fleet.length + 1,
            kind: "alarm",
            field: `${cold.field}@alarm/warm`,
            of: cold.id,
            states: [false, true],
            hold: 1e9,
            odds: 1,
        });
    const state = new Map(fleet.map((s) => [s.id, { heard: 0, changed: 0, at: 0, v: undefined, fresh: 0 }]));
    const known = () => fleet.filter((s) => !s.never);
    let seq = 1;
    let offline = scenario === "outage" || scenario === "many";

    // Where each series stands at the start.
    for (const s of known()) {
        const at = Math.min(s.ends ?? began, began - ((s.id * 977) % s.every));
        Object.assign(state.get(s.id), { heard: ++seq, changed: seq, at, v: valueAt(s, at) });
    }

    const freshness = (s, now) => {
        const age = now - state.get(s.id).at;
        if (s.never) return 3;
        if (age > Math.max(4 * s.every, 30000)) return 2;
        return age > 1.5 * s.every ? 1 : 0;
    };

    function advance(now) {
        if (scenario === "broker") return;
        for (const s of known()) {
            const own = state.get(s.id);
            const at =
                Math.floor((now - ((s.id * 977) % s.every)) / s.every) * s.every + ((s.id * 977) % s.every);
            if (at <= own.at || silent(s, at)) continue;
            const v = valueAt(s, at);
            own.heard = ++seq;
            own.at = at;
            if (v !== own.v) own.changed = seq;
            own.v = v;
        }
    }

    const gaps = (ids) => ids.map((id, n) => (n ? id - ids[n - 1] : id));

    function delta(from, now) {
        const changed = known().filter((s) => state.get(s.id).changed > from);
        const heard = known().filter((s) => state.get(s.id).heard > from && state.get(s.id).changed <= from);
        const message = {
            k: "d",
            from,
            seq,
            t: now,
            g: gaps(changed.map((s) => s.id)),
            v: changed.map((s) => state.get(s.id).v),
            u: gaps(heard.map((s) => s.id)),
        };
        if (from === 0) {
            message.a = changed.map((s) => now - state.get(s.id).at);
            message.i = changed.map((s) => s.every);
            message.o = changed.map((s) => freshness(s, now));
        }
        return message;
    }

    function upstreams(now) {
        const up = (id, more) => ({
            id,
            kind: "mqtt",
            url: `mqtts://${id}.example.net:8883`,
            up: true,
            since: began - 4 * 3600e3,
            try: 0,
            next: 0,
            why: "",
            queued: 12,
            oldest: 0,
            rate: 1630.5,
            delivered: 99_000_000,
            backlog: 0,
            eta: null,
            ...more,
        });
        if (scenario === "none") return [];
        const down = {
            up: false,
            since: began - 41 * 60e3,
            try: 14,
            next: now + 12000 - (now % 12000),
            why: "connection refused",
            queued: 1_013_300 + Math.floor((now - began) * 0.412),
            oldest: 2460 + Math.floor((now - began) / 1000),
            rate: 0,
        };
        const list = [up("eu1", offline ? down : {})];
        if (scenario === "many")
            list.push(
                up("historian", { kind: "https", url: "https://historian.example.net/ingest" }),
                up("backup", { queued: 38_210, oldest: 19, rate: 1650 }),
            );
        return list;
    }

    function gateway(now) {
        const ups = upstreams(now);
        const worst = ups.reduce((a, b) => (a.queued > b.queued ? a : b), { queued: 0, oldest: 0 });
        const level = worst.queued / 4_200_000;
        const dark = scenario === "broker";
        return {
            k: "gw",
            t: now,
            in: dark ? 0 : 412 + Math.round(40 * Math.sin(now / 4000) + 30 * Math.sin(now / 1300)),
            rin: dark ? 0 : 1630.5,
            held: worst.queued,
            level,
            oldest: worst.oldest,
            full_in: offline ? 7800 - Math.floor((now - began) / 1000) : null,
            lost: 0,
            series: fleet.length,
            devices: new Set(fleet.map((s) => s.device)).size,
            cpu: 3.1 + Math.sin(now / 9000),
            rss: 41_200_000,
            room: { held: Math.round(level * 4_200_000_000), most: 4_200_000_000 },
            db: { log: 1_200_000_000, history: 88_000_000 },
            wear: { bytes: 412_000_000_000, day: 640_000_000, days_left: 46_231 },
            alarms: alarmCounts(),
            offline: devicesOf(fleet, "offline", began).length,
            stale: 0,
            load:
                scenario === "busy"
                    ? { level: 2, stretch: 4, why: "cpu" }
                    : { level: 0, stretch: 1, why: "" },
            clock: scenario !== "trouble",
            zone: "Europe/Berlin",
            trouble: scenario === "trouble" ? "no space left on device: /var/lib/tidegate" : "",
            broker: dark
                ? { up: false, url: "mqtt://localhost:1883", since: began - 190e3, why: "connection refused" }
                : { up: true, url: "mqtt://localhost:1883", since: began - 14e3, why: "" },
            up: ups,
        };
    }

    function history(url) {
        const to = Number(url.searchParams.get("to") ?? Date.now());
        const from = Number(url.searchParams.get("from") ?? to - 3600e3);
        const points = Number(url.searchParams.get("points") ?? 500);
        const wanted = (url.searchParams.get("series") ?? "").split(",").map(Number);
        const step = LADDER.find((r) => (to - from) / r <= points) ?? 86400e3;
        const holes = lostList(Date.now()).filter((gap) => gap.resolution_ms === null && !gap.upstream);
        const gone = (at) => holes.some((gap) => at >= gap.from && at <= gap.to);
        const one = (s) => {
            const raw = (to - from) / s.every <= points || s.states;
            const width = raw ? Math.max(s.every, s.states ? step : 0) : step;
            const t = [];
            for (let at = Math.ceil(from / width) * width; at < Math.min(to, Date.now()); at += width)
                if (!silent(s, at) && !gone(at)) t.push(at);
            if (raw) return { id: s.id, t, v: t.map((at) => valueAt(s, at)) };
            const mean = t.map(
                (at) => [0.1, 0.35, 0.6, 0.85].reduce((sum, f) => sum + valueAt(s, at + f * width), 0) / 4,
            );
            return {
                id: s.id,
                t,
                min: t.map((at, n) =>
                    Number((mean[n] - s.noise * (0.5 + 0.4 * Math.sin(at))).toFixed(s.digits)),
                ),
                mean,
                max: t.map((at, n) => mean[n] + s.noise * (0.5 + 0.4 * Math.cos(at))),
                count: t.map(() => Math.round(width / s.every)),
            };
        };
        return { resolution_ms: step, from, to, series: fleet.filter((s) => wanted.includes(s.id)).map(one) };
    }

    // What was thinned, dropped and not sent, in the scenario "lost"; of every series alike.
    function lostList(now) {
        if (scenario !== "lost") return [];
        const day = 86400e3;
        const today = Math.floor(now / day) * day;
        const all = fleet.length;
        const row = (at, more) => ({
            at,
            of: "readings",
            resolution_ms: null,
            upstream: "",
            from: null,
            to: null,
            count: 1,
            series_count: all,
            ...more,
        });
        const list = [
            row(now - 20 * 60e3, {
                reason: "damage",
                from: now - 150 * 60e3,
                to: now - 110 * 60e3,
                count: 4_180,
                series_count: 3,
            }),
            row(now - 2 * 3600e3, {
                reason: "refused",
                upstream: "eu1",
                from: now - 3 * 3600e3,
                to: now - 3 * 3600e3,
                series_count: 1,
            }),
            row(now - 9 * 3600e3, {
                reason: "bytes",
                upstream: "eu1",
                resolution_ms: 60e3,
                from: today - 6 * day,
                to: today - 5 * day - 1000,
                count: 1_013_300,
            }),
            row(now - 5 * 3600e3, { reason: "damage", upstream: "eu1", count: 96, series_count: 0 }),
            row(now - 30 * 3600e3, {
                reason: "disk",
                resolution_ms: 60e3,
                from: now - 330 * 60e3,
                to: now - 200 * 60e3,
                count: 218_204,
            }),
        ];
        for (let n = 1; n <= 60; n++)
            list.push(
                row(today - n * day, {
                    of: n % 2 ? "readings" : "minutes",
                    resolution_ms: n % 2 ? 60e3 : 3600e3,
                    reason: n > 50 ? "age" : "bytes",
                    from: today - (40 + n) * day,
                    to: today - (39 + n) * day - 1000,
                    count: n % 2 ? 1_390_000 + 977 * n : 123_840,
                }),
            );
        list.sort((a, b) => b.at - a.at);
        return list.map((gap, n) => ({ id: list.length - n, ...gap }));
    }

    function lost(url) {
        const ask = (name, other) => Number(url.searchParams.get(name) ?? other);
        const ids = url.searchParams.get("series")?.split(",").map(Number);
        const limit = ask("limit", 100);
        const rest = lostList(Date.now())
            .filter((gap) => gap.id < ask("after", Number.POSITIVE_INFINITY))
            .filter(
                (gap) =>
                    (gap.to ?? 0) >= ask("from", 0) && (gap.from ?? 0) <= ask("to", Number.POSITIVE_INFINITY),
            )
            .filter((gap) => !ids || gap.series_count > 0);
        const gaps = rest
            .slice(0, limit)
            .map((gap) => (ids ? { ...gap, series: ids.map((id) => ({ id, count: 60 })) } : gap));
        return { gaps, next: rest.length > limit ? gaps.at(-1).id : null };
    }

    /** In the scenario "alarms", one of each kind; they can be acknowledged. */
    const alarms = ["alarms", "outage"].includes(scenario) ? alarmList(fleet, began) : [];
    if (scenario === "outage") alarms.splice(1, 3);
    let alarmRevision = 1;

    function alarmCounts() {
        const open = alarms.filter((one) => one.state === "open");
        const of = (severity) => open.filter((one) => one.severity === severity).length;
        return {
            open: open.length,
            acknowledged: alarms.filter((one) => one.state === "acknowledged").length,
            info: of("info"),
            warning: of("warning"),
            critical: of("critical"),
            rev: alarmRevision,
        };
    }

    function acknowledge(request, id, json) {
        bodyOf(request, (said) => {
            const one = alarms.find((alarm) => alarm.id === id);
            Object.assign(one, said, { state: "acknowledged", acknowledged: Date.now() });
            alarmRevision++;
            json(one);
        });
    }

    /** Commands end as sent, a second after they came; one to a topic that ends in "refuse/set" does not. */
    const commands = [];
    function command(request, json) {
        bodyOf(request, ({ topic, payload }) => {
            const one = {
                number: commands.length + 1,
                id: `c${commands.length + 1}`,
                from: "api",
                upstream: "",
                broker: "broker",
                topic,
                payload,
                at: Date.now(),
                state: "waiting",
                why: "",
                ended: null,
            };
            commands.unshift(one);
            setTimeout(() => Object.assign(one, { state: "sent", ended: Date.now() }), 1000);
            json(one);
        });
    }

    const accounts = makeAccounts(scenario);
    /** Whether it was a request about accounts, which is answered when its body is there. */
    function account(request, url, response) {
        if (!/^\/api\/v1\/(session|setup|users|tokens|audit)/.test(url.pathname)) return false;
        bodyOf(request, (said) => {
            const [status, body] = accounts(request.method, url.pathname, said) ?? [404, {}];
            response
                .writeHead(status, { "content-type": "application/json" })
                .end(body ? JSON.stringify(body) : undefined);
        });
        return true;
    }

    function insight(request, url, json) {
        const now = Date.now();
        const held = () => upstreams(now).reduce((most, one) => Math.max(most, one.queued), 0);
        const answers = {
            "/api/v1/timeline": () => timelineOf(scenario, began, now, held()),
            "/api/v1/devices": () => ({
                devices: devicesOf(fleet, url.searchParams.get("state"), began),
                next: null,
            }),
            "/api/v1/messages": () => ({ messages: messagesOf(fleet, url.searchParams.get("device"), now) }),
            "/api/v1/messages/rejected": () => rejectedOf(scenario, now),
            "/api/v1/books": () => booksOf(scenario, held()),
            "/api/v1/configuration": () => ({ toml: CONFIGURATION }),
            "/api/v1/alarms/rules": () => ({
                rules: [{ alarm: "warm", severity: "critical", kind: "above", limit: "-15", clear: -17 }],
            }),
        };
        if (request.method === "GET" && url.pathname in answers) json(answers[url.pathname]());
        else if (url.pathname === "/api/v1/decode") bodyOf(request, (said) => json(decodeTrial(said)));
        else if (url.pathname === "/api/v1/commands" && request.method === "POST") command(request, json);
        else if (url.pathname === "/api/v1/commands") json({ commands, next: null, links: [] });
        else return false;
        return true;
    }

    function catalogue(url) {
        const after = Number(url.searchParams.get("after") ?? 0);
        const limit = Number(url.searchParams.get("limit") ?? 1000);
        const rest = fleet.filter((s) => s.id > after);
        const page = rest.slice(0, limit).map((s) => {
            const own = state.get(s.id);
            const latest = s.never ? null : { t: own.at, v: own.v, retained: false };
            return {
                id: s.id,
                topic: s.topic,
                field: s.field,
                device: s.device,
                name: s.name,
                unit: s.unit,
                ...(s.of ? { of: s.of } : {}),
                type: s.never ? "" : typeOf(s),
                latest,
                stale: freshness(s, Date.now()) === 2,
            };
        });
        return { series: page, next: rest.length > page.length ? page.at(-1).id : null };
    }

    const server = createServer((request, response) => {
        const url = new URL(request.url, "http://gateway");
        const json = (body) =>
            response
                .writeHead(200, { "content-type": "application/json", "cache-control": "no-store" })
                .end(JSON.stringify(body));
        if (url.pathname === "/api/v1/series") return json(catalogue(url));
        if (url.pathname === "/api/v1/history") return json(history(url));
        if (url.pathname === "/api/v1/gaps") return json(lost(url));
        if (url.pathname === "/api/v1/alarms") {
            const history = url.searchParams.get("state") === "history";
            return json({
                alarms: alarms.filter((one) => (one.state === "cleared") === history),
                next: null,
            });
        }
        const seen = /^\/api\/v1\/alarms\/(\d+)\/acknowledge$/.exec(url.pathname);
        if (seen) return acknowledge(request, Number(seen[1]), json);
        if (url.pathname === "/api/v1/gateway")
            return json({ ...gateway(Date.now()), commands: { allow: ["plant2/+/+/set"] } });
        if (insight(request, url, json)) return;
        if (account(request, url, response)) return;
        if (url.pathname === "/api/v1/upstreams/retry") {
            offline = false;
            return response.writeHead(204).end();
        }
        try {
            const file = join(webRoot, normalize(url.pathname === "/" ? "/index.html" : url.pathname));
            const body = readFileSync(file);
            response
                .writeHead(200, {
                    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
                    "content-security-policy": CSP,
                    "x-content-type-options": "nosniff",
                })
                .end(body);
        } catch {
            response
                .writeHead(404, { "content-type": "application/problem+json" })
                .end('{"detail":"There is nothing here."}');
        }
    });

    const sockets = new WebSocketServer({
        server,
        path: "/api/v1/live",
        handleProtocols: () => "tidegate.v1.json",
    });
    sockets.on("connection", (socket) => {
        const client = { seq: 0, timer: null, slow: null, paused: false, told: new Map() };
        const send = (message) => socket.readyState === 1 && socket.send(JSON.stringify(message));
        const tick = () => {
            const now = Date.now();
            if (client.paused) return;
            advance(now);
            const d = delta(client.seq, now);
            if (client.seq === 0 || d.g.length || d.u.length) send(d);
            client.seq = seq;
        };
        const second = () => {
            const now = Date.now();
            if (!client.paused) {
                const moved = known().filter((s) => client.told.get(s.id) !== freshness(s, now));
                for (const s of moved) client.told.set(s.id, freshness(s, now));
                if (moved.length)
                    send({
                        k: "st",
                        g: gaps(moved.map((s) => s.id)),
                        s: moved.map((s) => client.told.get(s.id)),
                    });
            }
            send(gateway(now));
        };
        socket.on("message", (text) => {
            const m = JSON.parse(String(text));
            if (m.k === "pause") client.paused = true;
            if (m.k === "resume") client.paused = false;
            if (m.k === "h") send({ k: "h", seq, t: Date.now() });
            if (m.k !== "hello") return;
            const resume = m.epoch === epoch;
            client.seq = resume ? m.seq : 0;
            const rate = m.rate ?? 500;
            send({
                k: "welcome",
                v: 1,
                epoch,
                seq,
                t: Date.now(),
                rate,
                resume,
                hb: 5000,
                gateway: "Harbour Works, plant 2",
                build: "0.1.0",
                rev: fleet.length,
            });
            tick();
            second();
            client.timer = setInterval(tick, scenario === "busy" ? 2000 : rate);
            client.slow = setInterval(second, 1000);
        });
        socket.on("close", () => {
            clearInterval(client.timer);
            clearInterval(client.slow);
        });
    });

    return new Promise((done) => {
        server.listen(port, "127.0.0.1", () => {
            done({
                url: `http://127.0.0.1:${server.address().port}/`,
                port: server.address().port,
                /** Takes the upstream away, or gives it back. */
                pull: (away) => {
                    offline = away;
                },
                stop: () =>
                    new Promise((ended) => {
                        for (const socket of sockets.clients) socket.terminate();
                        server.closeAllConnections();
                        server.close(ended);
                    }),
            });
        });
    });
}

function bodyOf(request, done) {
    let body = "";
    request.on("data", (part) => {
        body += part;
    });
    request.on("end", () => done(body ? JSON.parse(body) : {}));
}

function alarmList(fleet, began) {
    const minute = 60_000;
    const make = (id, at, more) => {
        const cold = fleet.find((one) => one.device === "cold-b");
        const s = id === 9 && cold ? cold : fleet[(id * 7) % fleet.length];
        return {
            id,
            alarm: "warm",
            state: "open",
            severity: "warning",
            series: s.id,
            topic: s.topic,
            field: s.field,
            device: s.device,
            name: s.name,
            unit: s.unit,
            kind: "above",
            limit: id === 9 ? "-15" : "30",
            value: id === 9 ? -12.4 : 31.25,
            text: "",
            since: began - at,
            raised: began - at,
            cleared: null,
            cleared_by: "",
            acknowledged: null,
            by: "",
            note: "",
            flapping: false,
            unsynchronised: false,
            ...more,
        };
    };
    return [
        make(9, 4 * minute, {
            severity: "critical",
            text: "Cold store B is at \u221212.4 °C: close the door",
        }),
        make(8, 31 * minute, { flapping: true }),
        make(7, 50 * minute, { alarm: "silent", kind: "stale", limit: "auto", value: 2520, unit: "" }),
        make(6, 3 * 60 * minute, {
            state: "acknowledged",
            acknowledged: began - 170 * minute,
            by: "Ann",
            note: "ordered a new one",
        }),
        make(5, 26 * 60 * minute, {
            state: "cleared",
            severity: "critical",
            kind: "rate",
            limit: "+2/min",
            cleared: began - 25 * 60 * minute,
            cleared_by: "value",
        }),
        make(4, 49 * 60 * minute, {
            state: "cleared",
            severity: "info",
            kind: "equals",
            limit: "open",
            cleared: began - 48 * 60 * minute,
            cleared_by: "configuration",
        }),
    ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const { values } = parseArgs({
        options: { port: { type: "string" }, series: { type: "string" }, scenario: { type: "string" } },
    });
    const fake = await startFake({
        port: Number(values.port ?? 8090),
        series: Number(values.series ?? 86),
        scenario: values.scenario ?? "normal",
    });
    console.log(`fake gateway on ${fake.url}`);
}

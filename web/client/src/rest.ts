import type { Value } from "./wire.ts";

export interface Series {
    id: number;
    topic: string;
    field: string;
    device: string;
    name: string;
    unit: string;
    /** The series that it is made from: it is a window, a summary or an alarm. */
    of?: number;
    type: "number" | "boolean" | "text" | "";
    latest: { t: number; v: Value; retained: boolean } | null;
    stale: boolean;
}

export interface HistorySeries {
    id: number;
    t: number[];
    /** Raw readings or texts … */
    v?: Value[];
    /** … or buckets that start at `t`. */
    min?: number[];
    mean?: number[];
    max?: number[];
    count?: number[];
}

export interface History {
    resolution_ms: number;
    from: number;
    to: number;
    series: HistorySeries[];
}

/** Something that was kept is kept no more, or only in part; or an upstream does not get it. */
export interface GapRecord {
    id: number;
    /** When it was given up. */
    at: number;
    of: "readings" | "minutes" | "hours";
    /** Of what history keeps instead; null: nothing. */
    resolution_ms: number | null;
    reason: "bytes" | "age" | "disk" | "damage" | "refused";
    /** That does not get it; empty: it is about history. */
    upstream: string;
    from: number | null;
    to: number | null;
    count: number;
    series_count: number;
    /** Only of those that were asked for. */
    series?: { id: number; count: number }[];
}

export interface GapPage {
    gaps: GapRecord[];
    /** `after` of the next page; null: this is the last. */
    next: number | null;
}

/** One time that something was as it should not be. */
export interface Alarm {
    id: number;
    alarm: string;
    state: "open" | "acknowledged" | "cleared";
    severity: "info" | "warning" | "critical";
    series: number;
    topic: string;
    field: string;
    device: string;
    name: string;
    unit: string;
    kind: "above" | "below" | "rate" | "equals" | "stale";
    /** As the configuration says it. */
    limit: string;
    /** What raised it; of `stale` the seconds of silence. */
    value: Value;
    /** As the configuration says it, filled in; empty: nothing. */
    text: string;
    since: number;
    raised: number;
    cleared: number | null;
    cleared_by: "" | "value" | "configuration";
    acknowledged: number | null;
    by: string;
    note: string;
    flapping: boolean;
    unsynchronised: boolean;
}

export interface AlarmPage {
    alarms: Alarm[];
    /** `after` of the next page; null: this is the last. */
    next: number | null;
}

/** A limit that an alarm watches, as configured. */
export interface AlarmRule {
    alarm: string;
    severity: Alarm["severity"];
    kind: Alarm["kind"];
    limit: string;
    clear: number;
}

/** Whether a device is there, and who says so. */
export interface Device {
    name: string;
    state: "online" | "offline" | "stale" | "unknown";
    since: number;
    why: string;
    series: number;
    heard: number | null;
    availability: string;
}

export interface Outage {
    upstream: string;
    from: number;
    /** null: it lasts. */
    to: number | null;
    why: string;
}

/** The last day by minutes, when upstreams were away, and when the gateway did not run. */
export interface Timeline {
    step_ms: number;
    t: number[];
    in: number[];
    held: number[];
    level: number[];
    outages: Outage[];
    /** When the gateway did not run, the newest first; one of before does not say it. */
    stopped?: { from: number; to: number }[];
}

/** A message as it came, and what was made of it. */
export interface SeenMessage {
    topic: string;
    at: number | null;
    bytes: number;
    /** Its first bytes: as text, or as hex where they are none. */
    payload?: string;
    payload_hex?: string;
    retained: boolean;
    decoder: string;
    readings: number;
    /** Why it was rejected, in one word; empty: it was not. */
    reason: string;
    why: string;
    /** By what the decoder was chosen; empty: none was asked. */
    chosen?: Chosen;
    /** Where the rule is written that chose it. */
    rule?: string;
    /** The readings that it gave. */
    made?: { series: number; field: string; name: string; unit: string; v: Value }[];
}

export type Chosen = "" | "rule" | "topic" | "discovery" | "structure" | "scalar" | "text" | "post";

/** What a device says that it can be told. */
export interface ToldControl {
    /** Topic. */
    command: string;
    kind: "switch" | "number" | "select" | "text" | "button";
    /** The payload, with %v where the value stands. */
    shape: string;
    topic: string;
    field: string;
    name: string;
    device: string;
    unit: string;
    /** That shows what became of it; null: none does yet. */
    series: number | null;
    values: string[];
    min?: number;
    max?: number;
    step?: number;
}

export interface Rejected {
    messages: SeenMessage[];
    limited: { topic: string; dropped: number }[];
}

export interface Trial {
    readings: {
        topic: string;
        field: string;
        device: string | null;
        value: Value;
        unit: string | null;
        time: number;
        time_source: "device" | "arrival";
        decoder: string;
        rule: number[] | null;
    }[];
    decoder: string;
    reason: string;
    what: string;
    asks: string[];
}

type Counts = Record<string, number>;

export interface Books {
    messages: { received: number; stored: number; rejected: Counts };
    readings: { read: number; stored: number; summarised: number; derived: number; suppressed: Counts };
    upstreams: { id: string; stored: number; delivered: number; queued: number; discarded: Counts }[];
    epoch: string;
    last_seq: number;
}

export interface Command {
    number: number;
    id: string;
    from: "api" | "upstream";
    upstream: string;
    broker: string;
    topic: string;
    payload: string;
    at: number;
    state: "waiting" | "sending" | "sent" | "unconfirmed" | "expired" | "refused";
    why: string;
    ended: number | null;
}

/** An answer that was not 2xx; `message` is the gateway's own advice. */
export class ApiError extends Error {
    constructor(
        readonly status: number,
        message: string,
    ) {
        super(message);
    }
}

/** The HTTP side of the gateway; `base` ends in a slash. */
export class Api {
    /** Told when an answer says that nobody, or nobody any more, is logged in. */
    onStranger: (() => void) | undefined;
    /** Of the gateway that is followed live, or that has answered first: what another one answers is not taken, its ids differ. */
    run: string | undefined;
    /** Told when another one has answered. */
    onOther: (() => void) | undefined;

    constructor(readonly base: string) {}

    /** All series with an id above `after`. */
    series(after = 0, signal?: AbortSignal): Promise<Series[]> {
        return this.all("series", "", after, signal);
    }

    /** A list page by page; nothing where another gateway has taken over meanwhile. */
    private async all<T>(list: string, query: string, after = 0, signal?: AbortSignal): Promise<T[]> {
        const all: T[] = [];
        let run: string | undefined;
        for (let from: number | null = after; from !== null; ) {
            const path = `${list}?limit=5000&after=${from}${query}`;
            const page: { next: number | null; [list: string]: unknown } = await this.get(path, signal);
            run ??= this.run;
            all.push(...(page[list] as T[]));
            from = page.next;
        }
        return run === this.run ? all : [];
    }

    history(ids: number[], from: number, to: number, points: number, signal?: AbortSignal): Promise<History> {
        const span = `from=${Math.floor(from)}&to=${Math.ceil(to)}&points=${points}`;
        return this.get(`history?series=${ids.join(",")}&${span}`, signal);
    }

    /** What was given up, the newest first, a page at a time. */
    gaps(limit: number, after: number | null = null, signal?: AbortSignal): Promise<GapPage> {
        return this.get(`gaps?limit=${limit}${after === null ? "" : `&after=${after}`}`, signal);
    }

    /** The newest of what was given up of these series in a stretch of time. */
    async gapsOf(ids: number[], from: number, to: number, signal?: AbortSignal): Promise<GapRecord[]> {
        const span = `from=${Math.max(0, Math.floor(from))}&to=${Math.ceil(to)}`;
        const page: GapPage = await this.get(`gaps?series=${ids.join(",")}&${span}&limit=1000`, signal);
        return page.gaps;
    }

    /** Those that are on (no state), or those that have cleared, the newest first. */
    alarms(
        state: "" | "history",
        limit: number,
        after: number | null = null,
        signal?: AbortSignal,
    ): Promise<AlarmPage> {
        const which = state === "" ? "" : `&state=${state}`;
        return this.get(`alarms?limit=${limit}${which}${after === null ? "" : `&after=${after}`}`, signal);
    }

    acknowledge(id: number, by: string, note: string): Promise<Alarm> {
        return this.post(`alarms/${id}/acknowledge`, { by, note });
    }

    alarmRules(signal?: AbortSignal): Promise<{ rules: AlarmRule[] }> {
        return this.get("alarms/rules", signal);
    }

    /** All devices in this state. */
    devices(state: Device["state"]): Promise<Device[]> {
        return this.all("devices", `&state=${state}`);
    }

    timeline(signal?: AbortSignal): Promise<Timeline> {
        return this.get("timeline", signal);
    }

    books(signal?: AbortSignal): Promise<Books> {
        return this.get("books", signal);
    }

    /** The last message of each topic that a device speaks on. */
    messagesOf(device: string, signal?: AbortSignal): Promise<{ messages: SeenMessage[] }> {
        return this.get(`messages?device=${encodeURIComponent(device)}`, signal);
    }

    rejected(signal?: AbortSignal): Promise<Rejected> {
        return this.get("messages/rejected", signal);
    }

    /** What the gateway would make of a message. */
    decode(topic: string, payload: string, retained: boolean): Promise<Trial> {
        return this.post("decode", { topic, payload, retained });
    }

    configuration(signal?: AbortSignal): Promise<{ toml: string }> {
        return this.get("configuration", signal);
    }

    /** Which topics commands may go to: none, where none are taken. */
    async commandsAllowed(signal?: AbortSignal): Promise<string[]> {
        const state: { commands?: { allow?: string[] } } = await this.get("gateway", signal);
        return state.commands?.allow ?? [];
    }

    /** What a device says that it can be told. */
    async controls(device: string, signal?: AbortSignal): Promise<ToldControl[]> {
        const said: { controls: ToldControl[] } = await this.get(
            `controls?device=${encodeURIComponent(device)}`,
            signal,
        );
        return said.controls;
    }

    command(topic: string, payload: string): Promise<Command> {
        return this.post("commands", { topic, payload });
    }

    commands(limit: number, id?: string, signal?: AbortSignal): Promise<{ commands: Command[] }> {
        return this.get(`commands?limit=${limit}${id ? `&id=${encodeURIComponent(id)}` : ""}`, signal);
    }

    /** Where the history of these series is to be had as a file. */
    exportLink(ids: readonly number[], from: number, to: number): string {
        const span = `from=${Math.floor(from)}&to=${Math.ceil(to)}`;
        return `${this.base}api/v1/export?series=${ids.join(",")}&${span}&format=csv`;
    }

    async retryUpstream(id: string): Promise<void> {
        await this.ask("POST", `upstreams/retry?id=${encodeURIComponent(id)}`);
    }

    private post<T>(path: string, body: object): Promise<T> {
        return this.ask("POST", path, body);
    }

    private get<T>(path: string, signal?: AbortSignal): Promise<T> {
        return this.ask("GET", path, undefined, signal, true);
    }

    /** Any request below /api/v1/; an answer without a body is undefined. `here`: of the gateway that is followed. */
    async ask<T>(
        method: string,
        path: string,
        body?: object,
        signal?: AbortSignal,
        here = false,
    ): Promise<T> {
        const answer = await fetch(`${this.base}api/v1/${path}`, {
            method,
            ...(body ? { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {}),
            ...(signal ? { signal } : {}),
        });
        if (answer.ok) {
            const result = answer.status === 204 ? undefined : await answer.json();
            const run = here && answer.headers?.get("Tidegate-Run");
            if (run) this.run ??= run;
            if (!run || run === this.run) return result as T;
            this.onOther?.();
            throw new ApiError(409, "names are of another gateway");
        }
        if (answer.status === 401) this.onStranger?.();
        const problem = (await answer.json().catch(() => ({}))) as { detail?: string; title?: string };
        throw new ApiError(answer.status, problem.detail ?? problem.title ?? answer.statusText);
    }
}

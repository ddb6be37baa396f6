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
    constructor(readonly base: string) {}

    /** All series with an id above `after`, page by page. */
    async series(after = 0, signal?: AbortSignal): Promise<Series[]> {
        const all: Series[] = [];
        for (let from: number | null = after; from !== null; ) {
            const query: string = from > 0 ? `?limit=5000&after=${from}` : "?limit=5000";
            const page: { series: Series[]; next: number | null } = await this.get(`series${query}`, signal);
            all.push(...page.series);
            from = page.next;
        }
        return all;
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

    async acknowledge(id: number, by: string, note: string): Promise<Alarm> {
        const answer = await this.send(`alarms/${id}/acknowledge`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ by, note }),
        });
        return (await answer.json()) as Alarm;
    }

    async retryUpstream(id: string): Promise<void> {
        await this.send(`upstreams/retry?id=${encodeURIComponent(id)}`, { method: "POST" });
    }

    private async get<T>(path: string, signal?: AbortSignal): Promise<T> {
        const answer = await this.send(path, signal ? { signal } : {});
        return (await answer.json()) as T;
    }

    private async send(path: string, init: RequestInit): Promise<Response> {
        const answer = await fetch(`${this.base}api/v1/${path}`, init);
        if (answer.ok) return answer;
        const problem = (await answer.json().catch(() => ({}))) as { detail?: string; title?: string };
        throw new ApiError(answer.status, problem.detail ?? problem.title ?? answer.statusText);
    }
}

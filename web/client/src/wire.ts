// The messages of docs/live-protocol.md and the answers of docs/api.md, as types.

/** What a series can say. A 64-bit integer that JavaScript cannot hold comes as its digits. */
export type Value = number | string | boolean | null | { i: string };

export type Subscription = { all: 1 } | { match: string[] } | { devices: string[] } | { ids: number[] };

export interface Welcome {
    k: "welcome";
    v: number;
    epoch: string;
    /** Of the gateway: ids of series hold for it alone. */
    run?: string;
    seq: number;
    t: number;
    rate: number;
    resume: boolean;
    hb: number;
    gateway: string;
    build: string;
    rev: number;
}

export interface Delta {
    k: "d";
    from: number;
    seq: number;
    t: number;
    g: number[];
    v: Value[];
    u: number[];
    /** In a full update, and in the one after a break: how many ms ago each was heard, in the order of `g` and of `u`. */
    a?: number[];
    ua?: number[];
    /** Only when `from` is 0, in the order of `g`: learned interval in ms, freshness. */
    i?: number[];
    o?: number[];
}

export interface StateChange {
    k: "st";
    g: number[];
    s: number[];
}

export interface Upstream {
    id: string;
    kind: string;
    url: string;
    up: boolean;
    since: number;
    try: number;
    next: number;
    why: string;
    queued: number;
    oldest: number;
    rate: number;
    delivered: number;
    /** Of `queued`, what goes behind new readings; in how many seconds it will be sent, where that is known. */
    backlog: number;
    eta: number | null;
    /** What the backlog waits for: "records", "bytes", "hour", "day"; empty: nothing. */
    held_by?: string;
    /** How long the delivery under way has waited, seconds. */
    unacked?: number;
    /** Readings that it refused and that are kept; what only a person can mend. */
    dead?: number;
    alarm?: string;
}

export interface Gateway {
    k: "gw";
    t: number;
    in: number;
    rin: number;
    held: number;
    level: number;
    oldest: number;
    full_in: number | null;
    lost: number;
    series: number;
    devices: number;
    /** Grows when more becomes known of series that are there; a gateway of before has none of it. */
    names?: number;
    cpu: number;
    rss: number;
    /** Of the processor, °C; left out where the machine does not say it. */
    celsius?: number;
    /** Bytes held for the upstream that is furthest behind, and how many fit. */
    room: { held: number; most: number };
    db: { log: number; history: number };
    wear: { bytes: number; day: number | null; days_left: number | null };
    trouble: string;
    /** The first of brokers. */
    broker: Broker;
    /** As configured; a gateway of before several brokers has none of it. */
    brokers?: Broker[];
    /** Devices that are said to be away; that are expected and not heard. */
    offline?: number;
    stale?: number;
    /** Updates come at `stretch` times the rate. */
    load?: { level: number; stretch: number; why: string };
    /** Whether the kernel believes its clock; the machine's time zone, "" where it has no name. */
    clock?: boolean;
    zone?: string;
    /** Alarms that are on; `rev` is another one with each change. */
    alarms?: AlarmCounts;
    up: Upstream[];
}

export interface AlarmCounts {
    open: number;
    acknowledged: number;
    info: number;
    warning: number;
    critical: number;
    rev: number;
}

export interface Broker {
    id?: string;
    up: boolean;
    url: string;
    since: number;
    why: string;
    next?: number;
    connects?: number;
    reconnects?: Record<string, number>;
}

export type ServerMessage =
    | Welcome
    | Delta
    | StateChange
    | Gateway
    | { k: "cat"; rev: number }
    | { k: "h"; seq: number; t: number }
    | { k: "bye"; why: string };

export const FRESH = 0;
export const LATE = 1;
export const STALE = 2;
export const NEVER = 3;
export type Freshness = 0 | 1 | 2 | 3;

/** `[3, 1, 12]` are the ids 3, 4 and 16. */
export function decodeGaps(gaps: readonly number[]): number[] {
    const ids = new Array<number>(gaps.length);
    let id = 0;
    for (let n = 0; n < gaps.length; n++) {
        id += gaps[n] as number;
        ids[n] = id;
    }
    return ids;
}

export function encodeGaps(ids: readonly number[]): number[] {
    return ids.map((id, n) => (n === 0 ? id : id - (ids[n - 1] as number)));
}

import { signal } from "@preact/signals";
import type { Api, HistorySeries, Value } from "../../../client/src/index.ts";

export const SPARK_MS = 15 * 60_000;
export const SPARK_POINTS = 48;
const BUCKET_MS = SPARK_MS / SPARK_POINTS;
const BATCH = 64;
const GATHER_MS = 60;
const RETRY_MS = 5000;

/** Means of a number over the last quarter of an hour, a bucket each 18.75 s. */
export class NumberSpark {
    readonly bucket: number[] = [];
    readonly mean: number[] = [];
    private readonly weight: number[] = [];

    /** `step`: how far apart history's points may be where nothing is missing, ms. */
    constructor(readonly step = 0) {}

    add(t: number, v: number, weight = 1): void {
        const bucket = Math.floor(t / BUCKET_MS);
        const last = this.bucket.length - 1;
        if (last >= 0 && bucket < (this.bucket[last] as number)) return;
        if (last >= 0 && bucket === this.bucket[last]) {
            const total = (this.weight[last] as number) + weight;
            this.mean[last] =
                (this.mean[last] as number) + ((v - (this.mean[last] as number)) * weight) / total;
            this.weight[last] = total;
            return;
        }
        this.bucket.push(bucket);
        this.mean.push(v);
        this.weight.push(weight);
        while ((this.bucket[0] as number) < bucket - SPARK_POINTS) this.shift();
    }

    private shift(): void {
        this.bucket.shift();
        this.mean.shift();
        this.weight.shift();
    }

    time(n: number): number {
        return ((this.bucket[n] as number) + 0.5) * BUCKET_MS;
    }
}

/** Changes of a state over the same time. */
export class StateSpark {
    readonly t: number[] = [];
    readonly state: string[] = [];

    add(t: number, v: string): void {
        const last = this.t.length - 1;
        if (last >= 0 && (t < (this.t[last] as number) || this.state[last] === v)) return;
        this.t.push(t);
        this.state.push(v);
        while (this.t.length > 1 && (this.t[1] as number) < t - SPARK_MS) {
            this.t.shift();
            this.state.shift();
        }
    }
}

export type Spark = NumberSpark | StateSpark;

/** What the pictures need to know of the live view. */
export interface SparkSource {
    now: () => number;
    latest: (id: number) => [t: number, v: Value] | null;
    /** Told every number of history, for its decimals. */
    saw: (id: number, v: number) => void;
}

/**
 * The small pictures in the rows. History is read for the rows on screen only, many in one request; from then on the live
 * values carry them forward.
 */
export class Sparks {
    /** Rises when pictures should be drawn again. */
    readonly version = signal(0);
    private readonly sparks = new Map<number, Spark>();
    private readonly shown = new Map<number, number>();
    private readonly wanted = new Set<number>();
    private readonly waiting = new Map<number, [number, Value][]>();
    private timer: ReturnType<typeof setTimeout> | undefined;

    constructor(
        private readonly api: Api,
        private readonly source: SparkSource,
    ) {}

    show(id: number): void {
        this.shown.set(id, (this.shown.get(id) ?? 0) + 1);
        if (this.sparks.has(id) || this.waiting.has(id)) return;
        this.want(id);
    }

    hide(id: number): void {
        const left = (this.shown.get(id) ?? 1) - 1;
        if (left > 0) this.shown.set(id, left);
        else this.shown.delete(id);
        if (left <= 0) this.wanted.delete(id);
    }

    get(id: number): Spark | undefined {
        return this.sparks.get(id);
    }

    live(id: number, t: number, v: Value): void {
        const waiting = this.waiting.get(id);
        if (waiting) waiting.push([t, v]);
        else push(this.sparks.get(id), t, v);
    }

    /** After a break: what was drawn stays until the history of the shown rows has come. */
    reload(): void {
        for (const id of this.sparks.keys()) if (!this.shown.has(id)) this.sparks.delete(id);
        for (const id of this.shown.keys()) this.want(id);
    }

    private want(id: number): void {
        this.wanted.add(id);
        this.timer ??= setTimeout(() => this.fetch(), GATHER_MS);
    }

    private fetch(): void {
        this.timer = undefined;
        const ids = [...this.wanted].slice(0, BATCH);
        for (const id of ids) {
            this.wanted.delete(id);
            this.waiting.set(id, []);
        }
        if (ids.length > 0) void this.read(ids);
        if (this.wanted.size > 0) this.timer = setTimeout(() => this.fetch(), 0);
    }

    private async read(ids: number[]): Promise<void> {
        const to = this.source.now();
        try {
            const history = await this.api.history(ids, to - SPARK_MS, to, SPARK_POINTS);
            for (const one of history.series) this.fill(one, history.resolution_ms);
        } catch {
            this.timer ??= setTimeout(() => this.fetch(), RETRY_MS);
            for (const id of ids) if (this.shown.has(id)) this.wanted.add(id);
        }
        for (const id of ids) {
            // What the live view knows may be newer than what is committed.
            const latest = this.source.latest(id);
            if (latest) this.start(id, ...latest);
            for (const [t, v] of this.waiting.get(id) ?? []) this.start(id, t, v);
            this.waiting.delete(id);
        }
        this.version.value++;
    }

    private fill(history: HistorySeries, resolution: number): void {
        const numeric = history.mean !== undefined || history.v?.some((v) => typeof plain(v) === "number");
        const spark = numeric ? new NumberSpark(history.mean ? resolution : 0) : new StateSpark();
        history.t.forEach((t, n) => {
            if (history.mean) push(spark, t + resolution / 2, history.mean[n] as number, history.count?.[n]);
            else push(spark, t, history.v?.[n] as Value);
        });
        if (history.t.length === 0) return;
        this.sparks.set(history.id, spark);
        for (const v of history.min ?? history.v ?? [])
            if (typeof v === "number") this.source.saw(history.id, v);
    }

    private start(id: number, t: number, v: Value): void {
        if (!this.sparks.has(id) && v !== null)
            this.sparks.set(id, typeof plain(v) === "number" ? new NumberSpark() : new StateSpark());
        push(this.sparks.get(id), t, v);
    }
}

/** Integers of 64 bits lose a digit that no picture shows. */
function plain(v: Value): number | string | boolean | null {
    return typeof v === "object" && v !== null ? Number(v.i) : v;
}

function push(spark: Spark | undefined, t: number, value: Value, weight?: number): void {
    const v = plain(value ?? null);
    if (v === null) return;
    if (spark instanceof NumberSpark && typeof v === "number") spark.add(t, v, weight);
    else if (spark instanceof StateSpark) spark.add(t, String(v));
}

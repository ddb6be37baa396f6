import {
    type Delta,
    decodeGaps,
    FRESH,
    type Freshness,
    LATE,
    NEVER,
    STALE,
    type StateChange,
    type Value,
} from "./wire.ts";

const NEVER_STALE_BEFORE_MS = 30_000;
/** What comes so soon after a series was heard first may be a backlog, which says nothing of its pace. */
const BACKLOG_MS = 10_000;

/** Columns of the latest values, indexed by series id. Knows nothing of connections or of the page. */
export class LiveTable {
    readonly value: Value[] = [];
    /** Gateway time when last heard, 0: not known. */
    readonly heard: number[] = [];
    /** Learned interval in ms, 0: not known yet. */
    readonly interval: number[] = [];
    private readonly said: Freshness[] = [];

    /** Applies an update; answers the ids that were heard, those with a changed value first. */
    apply(d: Delta): { changed: number[]; heard: number[] } {
        const changed = decodeGaps(d.g);
        const unchanged = decodeGaps(d.u);
        if (d.from === 0) this.forget();
        changed.forEach((id, n) => {
            this.value[id] = d.v[n] as Value;
            if (d.from === 0) this.start(id, d, n);
            else this.hear(id, d.t - Math.max(0, d.a?.[n] ?? 0), d.a !== undefined);
        });
        unchanged.forEach((id, n) => {
            this.hear(id, d.t - Math.max(0, d.ua?.[n] ?? 0), d.ua !== undefined);
        });
        return { changed, heard: unchanged };
    }

    applyState(m: StateChange): number[] {
        const ids = decodeGaps(m.g);
        ids.forEach((id, n) => {
            this.said[id] = (m.s[n] ?? FRESH) as Freshness;
        });
        return ids;
    }

    has(id: number): boolean {
        return id in this.value;
    }

    /** What the gateway said last, or worse where time has passed since without a word. */
    freshness(id: number, now: number): Freshness {
        const heard = this.heard[id] ?? 0;
        const said = this.said[id] ?? NEVER;
        if (heard === 0 || said === NEVER) return said === FRESH ? NEVER : said;
        const interval = this.interval[id] ?? 0;
        if (interval === 0) return said;
        const age = now - heard;
        // A little grace over the gateway's own rule: its word comes in time as long as the connection lives.
        if (age > Math.max(4 * interval, NEVER_STALE_BEFORE_MS) + 2000) return STALE;
        if (age > 1.5 * interval + 2000 && said === FRESH) return LATE;
        return said;
    }

    private start(id: number, d: Delta, n: number): void {
        const age = d.a?.[n] ?? -1;
        this.heard[id] = age < 0 ? 0 : d.t - age;
        this.interval[id] = d.i?.[n] ?? 0;
        this.said[id] = (d.o?.[n] ?? (age < 0 ? NEVER : FRESH)) as Freshness;
    }

    private hear(id: number, t: number, afterBreak: boolean): void {
        const before = this.heard[id] ?? 0;
        // The gateway tells intervals in full updates only; for a newer series the distance between words must do.
        this.first[id] ??= before || t;
        const settled = before >= (this.first[id] as number) + BACKLOG_MS;
        if (!afterBreak && settled && t > before && !this.told(id)) {
            const learned = this.interval[id] ?? 0;
            const gap = t - before;
            this.guess[id] = learned === 0 ? gap : learned + (gap - learned) * 0.2;
            this.guesses[id] = (this.guesses[id] ?? 0) + 1;
            if ((this.guesses[id] as number) >= 4) this.interval[id] = this.guess[id] as number;
        }
        this.heard[id] = t;
        this.said[id] = FRESH;
    }

    private readonly guess: number[] = [];
    private readonly guesses: number[] = [];
    private readonly first: number[] = [];

    private told(id: number): boolean {
        return (this.interval[id] ?? 0) > 0 && this.guess[id] === undefined;
    }

    /** Another gateway's ids mean other series. */
    forget(): void {
        const { value, heard, interval, said, guess, guesses, first } = this;
        for (const column of [value, heard, interval, said, guess, guesses, first]) column.length = 0;
    }
}

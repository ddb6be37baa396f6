import { signal } from "@preact/signals";
import type { Api, GapRecord, Value } from "../../../client/src/index.ts";
import { addLive, type Track, trackFrom } from "./track.ts";

const SETTLE_MS = 120;
const RETRY_MS = 5000;
const RECENT = 2000;

/** A stretch of time that was read, or asked for. */
interface Window {
    key: string;
    from: number;
    to: number;
    /** Span of the view it was read for. */
    span: number;
    at: number;
}

/**
 * The tracks of one chart. Reads half a window more to either side, so that a small move needs no request; keeps the old
 * picture until the new one has come; carries it forward with live readings.
 */
export class ChartModel {
    readonly version = signal(0);
    readonly loading = signal(false);
    readonly trouble = signal("");
    tracks: Track[] = [];
    /** What history says it gave up of them. */
    records: GapRecord[] = [];
    private loaded: Window | null = null;
    private asked: Window | null = null;
    private notBefore = 0;
    private ids: number[] = [];
    private recent: [id: number, t: number, v: Value][] = [];
    private request: AbortController | null = null;
    private timer: ReturnType<typeof setTimeout> | undefined;
    private frame = 0;

    constructor(
        private readonly api: Pick<Api, "history" | "gapsOf">,
        private readonly now: () => number,
        private readonly interval: (id: number) => number,
    ) {}

    /** Says what is in view, as often as it likes; reads what is missing, a moment later. */
    show(ids: number[], from: number, to: number, pixels: number): void {
        this.ids = ids;
        if (this.covers(this.loaded, ids, from, to) || this.covers(this.asked, ids, from, to)) return;
        if (Date.now() < this.notBefore && this.asked === null) return;
        clearTimeout(this.timer);
        const wait = this.loaded?.key === ids.join() ? SETTLE_MS : 0;
        const span = to - from;
        const at = this.now();
        // Half a window to either side, so that a small move asks for nothing.
        this.asked = { key: ids.join(), from: from - span / 2, to: Math.min(to + span / 2, at), span, at };
        const asked = this.asked;
        this.timer = setTimeout(() => void this.read(ids, asked, pixels), wait);
    }

    /** After a break in the connection: what is shown stays, and is read again. */
    forget(): void {
        this.loaded = null;
    }

    live(id: number, t: number, v: Value): void {
        if (!this.ids.includes(id)) return;
        this.recent.push([id, t, v]);
        if (this.recent.length > RECENT) this.recent.splice(0, RECENT / 2);
        const track = this.tracks.find((one) => one.id === id);
        if (track && addLive(track, t, v)) this.redraw();
    }

    stop(): void {
        clearTimeout(this.timer);
        cancelAnimationFrame(this.frame);
        this.request?.abort();
    }

    private redraw(): void {
        this.frame ||= requestAnimationFrame(() => {
            this.frame = 0;
            this.version.value++;
        });
    }

    private covers(had: Window | null, ids: number[], from: number, to: number): boolean {
        if (!had || had.key !== ids.join()) return false;
        const span = to - from;
        const close = span > had.span * 0.7 && span < had.span * 1.4;
        // What was read up to the present is carried forward by live readings, for a while.
        const end = had.to >= had.at ? Math.max(had.to, had.at + Math.max(span, 60_000)) : had.to;
        return close && from >= had.from && Math.min(to, this.now()) <= end;
    }

    private async read(ids: number[], asked: Window, pixels: number): Promise<void> {
        this.request?.abort();
        if (ids.length === 0) return;
        const request = new AbortController();
        this.request = request;
        this.loading.value = true;
        try {
            const points = Math.min(
                5000,
                Math.max(200, Math.round((pixels * (asked.to - asked.from)) / asked.span)),
            );
            const { signal } = request;
            // A chart without them is better than none.
            const records = this.api.gapsOf(ids, asked.from, asked.to, signal).catch(() => []);
            const history = await this.api.history(ids, asked.from, asked.to, points, signal);
            this.take(ids, history);
            this.records = await records;
            this.loaded = asked;
            this.trouble.value = "";
        } catch (error) {
            if (request.signal.aborted) return;
            this.trouble.value = (error as Error).message;
            this.notBefore = Date.now() + RETRY_MS;
        }
        if (this.asked === asked) this.asked = null;
        this.loading.value = false;
        this.version.value++;
    }

    private take(ids: number[], history: Awaited<ReturnType<Api["history"]>>): void {
        this.tracks = ids.flatMap((id) => {
            const one = history.series.find((s) => s.id === id) ?? { id, t: [], v: [] };
            return [trackFrom(one, history.resolution_ms, this.interval(id))];
        });
        for (const [id, t, v] of this.recent) {
            const track = this.tracks.find((one) => one.id === id);
            if (track && t <= history.to + 120_000) addLive(track, t, v);
        }
    }
}

import type { HistorySeries, Value } from "../../../client/src/index.ts";
import type { Loss } from "../lib/lost.ts";

/** One series over time: means with the lowest and highest beside them, in order of time; and, for states, the states. */
export interface Track {
    id: number;
    t: number[];
    mean: number[];
    min: number[];
    max: number[];
    count: number[];
    /** Set for booleans and texts, then the columns of numbers are empty. */
    state: string[] | null;
    /** Width of a bucket in ms; 0: every reading is its own point. */
    step: number;
    /** Expected distance between readings, ms; 0: not known. */
    interval: number;
}

export function trackFrom(history: HistorySeries, resolution: number, interval: number): Track {
    const track: Track = {
        id: history.id,
        t: [...history.t],
        mean: [],
        min: [],
        max: [],
        count: [],
        state: null,
        step: 0,
        interval,
    };
    if (history.mean) {
        track.step = resolution;
        track.mean = [...history.mean];
        track.min = [...(history.min ?? history.mean)];
        track.max = [...(history.max ?? history.mean)];
        track.count = [...(history.count ?? history.mean.map(() => 1))];
        return track;
    }
    const values = history.v ?? [];
    if (values.some((v) => typeof v === "string" || typeof v === "boolean")) {
        track.state = values.map(stateText);
        return track;
    }
    track.t = [];
    values.forEach((v, n) => {
        const number = numberOf(v);
        if (number !== null) append(track, history.t[n] as number, number);
    });
    return track;
}

export function stateText(v: Value): string {
    return typeof v === "object" ? (v?.i ?? "") : String(v);
}

function numberOf(v: Value): number | null {
    if (typeof v === "number") return v;
    return v && typeof v === "object" ? Number(v.i) : null;
}

function append(track: Track, t: number, v: number): void {
    track.t.push(t);
    track.mean.push(v);
    track.min.push(v);
    track.max.push(v);
    track.count.push(1);
}

/** A live reading: into the last bucket, or behind it. Answers false where history had it already. */
export function addLive(track: Track, t: number, v: Value): boolean {
    const last = track.t.length - 1;
    const lastT = last >= 0 ? (track.t[last] as number) : Number.NEGATIVE_INFINITY;
    if (track.state || typeof v === "string" || typeof v === "boolean")
        return addState(track, t, stateText(v));
    const number = numberOf(v);
    if (number === null) return false;
    if (track.step > 0) return addToBucket(track, Math.floor(t / track.step) * track.step, number);
    // The live view tells the time of the update, up to a step after the reading that history knows.
    if (t <= lastT || (t - lastT < 1000 && track.mean[last] === number)) return false;
    append(track, t, number);
    return true;
}

function addState(track: Track, t: number, state: string): boolean {
    if (!track.state) {
        if (track.t.length > 0) return false;
        track.state = [];
    }
    const last = track.t.length - 1;
    if (last >= 0 && t <= (track.t[last] as number)) return false;
    track.t.push(t);
    track.state.push(state);
    return true;
}

function addToBucket(track: Track, bucket: number, v: number): boolean {
    const last = track.t.length - 1;
    const lastT = last >= 0 ? (track.t[last] as number) : Number.NEGATIVE_INFINITY;
    if (bucket < lastT) return false;
    if (bucket > lastT) {
        append(track, bucket, v);
        return true;
    }
    const n = (track.count[last] as number) + 1;
    track.count[last] = n;
    track.mean[last] = (track.mean[last] as number) + (v - (track.mean[last] as number)) / n;
    track.min[last] = Math.min(track.min[last] as number, v);
    track.max[last] = Math.max(track.max[last] as number, v);
    return true;
}

/** From when to when nothing was heard. */
export type Gap = readonly [from: number, to: number];

/** A gap as it is drawn, with what is known of it. */
export interface MarkedGap {
    from: number;
    to: number;
    /** Nothing is there: hatched. Otherwise a bar at the top. */
    whole: boolean;
    /** None: it was just silence. */
    label?: string | undefined;
}

/** What is drawn: silences, with the reason where history says one, and what it says besides. */
export function markGaps(silences: readonly Gap[], losses: readonly Loss[]): MarkedGap[] {
    const used = new Set<Loss>();
    const marked: MarkedGap[] = silences.map(([from, to]) => {
        const loss = losses.find((one) => one.from < to && one.to > from);
        if (loss?.whole) used.add(loss);
        return { from, to, whole: true, label: loss?.label };
    });
    return [...marked, ...losses.filter((loss) => !used.has(loss))];
}

/** How long a silence may last before it is a gap: three of whatever the points are apart. */
export function patience(track: Track): number {
    return 3 * Math.max(track.step, track.interval || typical(track.t), 1000);
}

export function gapsOf(track: Track): Gap[] {
    const most = patience(track);
    const gaps: Gap[] = [];
    for (let n = 1; n < track.t.length; n++) {
        const from = (track.t[n - 1] as number) + track.step;
        const to = track.t[n] as number;
        if (to - from > most) gaps.push([from, to]);
    }
    return gaps;
}

/** The middle of the distances between the points. */
function typical(t: readonly number[]): number {
    if (t.length < 3) return 60_000;
    const distances: number[] = [];
    const every = Math.max(1, Math.floor(t.length / 200));
    for (let n = every; n < t.length; n += every)
        distances.push(((t[n] as number) - (t[n - every] as number)) / every);
    distances.sort((a, b) => a - b);
    return distances[Math.floor(distances.length / 2)] as number;
}

export interface Summary {
    min: number;
    minAt: number;
    max: number;
    maxAt: number;
    mean: number;
    samples: number;
    missing: number;
    gaps: number;
}

/** What a track holds between two times; null where it holds nothing there. */
export function summarise(track: Track, from: number, to: number): Summary | null {
    let samples = 0;
    let sum = 0;
    let low = -1;
    let high = -1;
    track.t.forEach((t, n) => {
        if (t + track.step < from || t > to || track.state) return;
        if (low < 0 || (track.min[n] as number) < (track.min[low] as number)) low = n;
        if (high < 0 || (track.max[n] as number) > (track.max[high] as number)) high = n;
        samples += track.count[n] as number;
        sum += (track.mean[n] as number) * (track.count[n] as number);
    });
    if (low < 0) return null;
    const inside = gapsOf(track)
        .map(([a, b]) => Math.min(b, to) - Math.max(a, from))
        .filter((ms) => ms > 0);
    return {
        min: track.min[low] as number,
        minAt: track.t[low] as number,
        max: track.max[high] as number,
        maxAt: track.t[high] as number,
        mean: sum / samples,
        samples,
        missing: inside.reduce((a, b) => a + b, 0),
        gaps: inside.length,
    };
}

/** A moment in a loss at which the track has no point: there the line breaks. */
function freeMoment(track: Track, loss: Loss): number {
    const taken = new Set(track.t);
    let at = Math.max(loss.from, track.t.findLast((t) => t <= loss.from) ?? loss.from) + 1;
    while (taken.has(at)) at++;
    return at;
}

export type Column = (number | null | undefined)[];

/**
 * The tracks on one time axis, as uPlot wants them: [t, mean, min, max, mean, min, max, …]. `undefined` is a moment that
 * another track has, `null` a gap, where the line breaks.
 */
export function align(
    tracks: readonly Track[],
    losses: readonly (readonly Loss[])[] = [],
): [number[], ...Column[]] {
    const breaks = tracks.map((track, n) => [
        ...gapsOf(track).map(([from]) => from + 1),
        ...(losses[n] ?? []).filter((loss) => loss.whole).map((loss) => freeMoment(track, loss)),
    ]);
    const silent = tracks.map((track, n): Gap[] => [
        ...gapsOf(track),
        ...(losses[n] ?? []).filter((loss) => loss.whole).map((loss): Gap => [loss.from, loss.to]),
    ]);
    const moments = new Set<number>();
    tracks.forEach((track, n) => {
        for (const t of track.t) moments.add(t);
        for (const t of breaks[n] as number[]) moments.add(t);
    });
    const axis = [...moments].sort((a, b) => a - b);
    const place = new Map(axis.map((t, n) => [t, n]));
    const columns = tracks.flatMap((track, k) => {
        const sets = [track.mean, track.min, track.max].map((values) => {
            const column: Column = new Array(axis.length);
            track.t.forEach((t, n) => {
                column[place.get(t) as number] = values[n] as number;
            });
            // All of it, not one moment: the line is taken away only as far as the next moment, and another track may have many.
            for (const [from, to] of silent[k] as Gap[])
                axis.forEach((t, n) => {
                    if (t > from && t < to && column[n] === undefined) column[n] = null;
                });
            for (const t of breaks[k] as number[]) column[place.get(t) as number] = null;
            return column;
        });
        return sets;
    });
    return [axis, ...columns];
}

import type { Outage } from "../../../client/src/index.ts";

/** The next of 1, 2, 5, 10, 20 … at or above n. */
export function niceCeil(n: number): number {
    const power = 10 ** Math.floor(Math.log10(n));
    return ([1, 2, 5, 10].find((m) => m * power >= n) ?? 10) * power;
}

export interface Course {
    t: number[];
    held: number[];
    /** Messages a second. */
    in: number[];
    outages: readonly Outage[];
}

interface Seen {
    t: readonly number[];
    held: readonly number[];
    rate: readonly number[];
}

/** What the gateway remembers of the day, and behind it what this page has seen since. */
export function joinCourse(known: Course | null, seen: Seen): Course {
    if (!known || known.t.length === 0)
        return { t: [...seen.t], held: [...seen.held], in: [...seen.rate], outages: known?.outages ?? [] };
    // The minute under way is not over: what was seen live says more.
    const last = known.t.at(-1) as number;
    const from = seen.t.findIndex((at) => at >= last);
    const tail = from < 0 ? seen.t.length : from;
    const had = known.t.length - (tail < seen.t.length ? 1 : 0);
    return {
        t: [...known.t.slice(0, had), ...seen.t.slice(tail)],
        held: [...known.held.slice(0, had), ...seen.held.slice(tail)],
        in: [...known.in.slice(0, had), ...seen.rate.slice(tail)],
        outages: known.outages,
    };
}

export interface Stretch {
    from: number;
    to: number;
}

/** It is written down each minute: with more than this between two marks the gateway was not running. */
export const HOLE_MS = 150_000;

/** Where nothing is known between `start` and `end`: before the first mark, between marks that are far apart, after the last. */
export function unknownIn(t: readonly number[], start: number, end: number): Stretch[] {
    const marks = [...t.filter((at) => at >= start && at <= end), end];
    const before = t.findLast((at) => at < start);
    const found: Stretch[] = [];
    let from =
        before !== undefined && (marks[0] as number) - before <= HOLE_MS ? (marks[0] as number) : start;
    for (const at of marks) {
        if (at - from > HOLE_MS) found.push({ from, to: at });
        from = at;
    }
    return found;
}

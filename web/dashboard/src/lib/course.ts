import type { Outage } from "../../../client/src/index.ts";

/** The next of 1, 2, 5, 10, 20 … at or above n. */
export function niceCeil(n: number): number {
    const power = 10 ** Math.floor(Math.log10(n));
    return ([1, 2, 5, 10].find((m) => m * power >= n) ?? 10) * power;
}

export interface Course {
    t: number[];
    held: number[];
    outages: readonly Outage[];
}

/** What the gateway remembers of the day, and behind it what this page has seen since. */
export function joinCourse(
    known: Course | null,
    seen: { t: readonly number[]; held: readonly number[] },
): Course {
    if (!known || known.t.length === 0) return { t: [...seen.t], held: [...seen.held], outages: [] };
    // The minute under way is not over: what was seen live says more.
    const last = known.t.at(-1) as number;
    const from = seen.t.findIndex((at) => at >= last);
    const tail = from < 0 ? seen.t.length : from;
    const had = known.t.length - (tail < seen.t.length ? 1 : 0);
    return {
        t: [...known.t.slice(0, had), ...seen.t.slice(tail)],
        held: [...known.held.slice(0, had), ...seen.held.slice(tail)],
        outages: known.outages,
    };
}

import type { Gateway, History, Upstream } from "../../../client/src/index.ts";

/** Up to when an upstream has everything; null: it has all there is. */
export function sentUntil(u: Upstream, g: Gateway): number | null {
    return u.queued === 0 ? null : g.t - u.oldest * 1000;
}

/** How many readings an answer of history stands for. */
export function readingsIn(history: History): number {
    let n = 0;
    for (const one of history.series)
        n += one.count ? one.count.reduce((sum, count) => sum + count, 0) : one.t.length;
    return n;
}

export interface Event {
    at: number;
    text: string;
    loud: boolean;
}

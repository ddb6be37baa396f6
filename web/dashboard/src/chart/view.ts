/** What part of time a chart shows: the last `span` ms while live (`end` null), or up to `end`. */
export interface View {
    span: number;
    end: number | null;
}

export const SHORTEST = 20_000;
export const LONGEST = 31 * 24 * 3_600_000;

export function bounds(view: View, now: number): [from: number, to: number] {
    const to = view.end ?? now;
    return [to - view.span, to];
}

/** A view of these times; one that reaches the present is live. */
export function viewOf(from: number, to: number, now: number): View {
    const span = Math.min(LONGEST, Math.max(SHORTEST, to - from));
    const middle = (from + to) / 2;
    const end = middle + span / 2;
    return { span, end: end >= now ? null : end };
}

/** Moves by a share of the span. */
export function pan(view: View, share: number, now: number): View {
    const [from, to] = bounds(view, now);
    const shift = view.span * share;
    return viewOf(from + shift, to + shift, now);
}

/** Makes the span larger (above 1) or smaller; a live view stays live. */
export function zoom(view: View, factor: number, now: number): View {
    const span = Math.min(LONGEST, Math.max(SHORTEST, view.span * factor));
    if (view.end === null) return { span, end: null };
    const middle = view.end - view.span / 2;
    return viewOf(middle - span / 2, middle + span / 2, now);
}

import { useEffect, useRef, useState } from "preact/hooks";

/** The part of a list that is on screen, with some rows to spare: items [from, to), and the room above and below them. */
export interface Range {
    from: number;
    to: number;
    above: number;
    below: number;
}

const SPARE_PX = 320;

export function rangeOf(heights: readonly number[], top: number, bottom: number): Range {
    let from = 0;
    let above = 0;
    while (from < heights.length && above + (heights[from] as number) < top - SPARE_PX)
        above += heights[from++] as number;
    let to = from;
    let y = above;
    while (to < heights.length && y < bottom + SPARE_PX) y += heights[to++] as number;
    let below = 0;
    for (let n = to; n < heights.length; n++) below += heights[n] as number;
    return { from, to, above, below };
}

/** Follows the page's scrolling and answers which items of a list to draw. Short lists are drawn whole. */
export function useWindow(heights: readonly number[], windowed: boolean) {
    const ref = useRef<HTMLDivElement>(null);
    const [view, setView] = useState<[number, number]>([0, 1200]);
    useEffect(() => {
        if (!windowed) return;
        let frame = 0;
        const measure = () => {
            frame = 0;
            const top = -(ref.current?.getBoundingClientRect().top ?? 0);
            // Steps of 128 px: most scrolling draws nothing anew.
            const step = Math.floor(top / 128) * 128;
            setView((before) =>
                before[0] === step && before[1] === step + innerHeight + 128
                    ? before
                    : [step, step + innerHeight + 128],
            );
        };
        const ask = () => {
            frame ||= requestAnimationFrame(measure);
        };
        measure();
        addEventListener("scroll", ask, { passive: true });
        addEventListener("resize", ask);
        return () => {
            cancelAnimationFrame(frame);
            removeEventListener("scroll", ask);
            removeEventListener("resize", ask);
        };
    }, [windowed, heights.length]);
    const range: Range = windowed
        ? rangeOf(heights, view[0], view[1])
        : { from: 0, to: heights.length, above: 0, below: 0 };
    return { ref, range };
}

/** Whether a media query holds, as it changes. */
export function useMedia(query: string): boolean {
    const [holds, set] = useState(() => matchMedia(query).matches);
    useEffect(() => {
        const list = matchMedia(query);
        const change = () => set(list.matches);
        change();
        list.addEventListener("change", change);
        return () => list.removeEventListener("change", change);
    }, [query]);
    return holds;
}

export const PHONE = "(max-width: 719px)";

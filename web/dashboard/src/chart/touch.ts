import type uPlot from "uplot";

/** One finger moves through time, two stretch it. The page keeps scrolling up and down (touch-action: pan-y). */
export function touch(u: uPlot, onView: (from: number, to: number) => void): () => void {
    const fingers = new Map<number, number>();
    let start: { min: number; max: number; xs: number[] } | null = null;

    const begin = () => {
        const { min, max } = u.scales["x"] ?? {};
        start =
            typeof min === "number" && typeof max === "number"
                ? { min, max, xs: [...fingers.values()] }
                : null;
    };
    const down = (event: PointerEvent) => {
        if (event.pointerType !== "touch") return;
        fingers.set(event.pointerId, event.clientX);
        begin();
    };
    const move = (event: PointerEvent) => {
        if (!fingers.has(event.pointerId) || !start) return;
        fingers.set(event.pointerId, event.clientX);
        const { min, max, xs } = start;
        const left = u.over.getBoundingClientRect().left;
        const width = u.over.clientWidth;
        const now = [...fingers.values()];
        const wasAt = (x: number) => min + ((x - left) / width) * (max - min);
        if (xs.length === 1) {
            const shift = (((xs[0] as number) - (now[0] as number)) / width) * (max - min);
            if (Math.abs((xs[0] as number) - (now[0] as number)) > 8) onView(min + shift, max + shift);
            return;
        }
        const apart = Math.max(20, Math.abs((now[0] as number) - (now[1] as number)));
        const factor = Math.max(20, Math.abs((xs[0] as number) - (xs[1] as number))) / apart;
        const middle = wasAt(((xs[0] as number) + (xs[1] as number)) / 2);
        onView(middle - (middle - min) * factor, middle + (max - middle) * factor);
    };
    const up = (event: PointerEvent) => {
        if (fingers.delete(event.pointerId)) begin();
    };
    u.over.addEventListener("pointerdown", down);
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", up);
    return () => {
        u.over.removeEventListener("pointerdown", down);
        removeEventListener("pointermove", move);
        removeEventListener("pointerup", up);
        removeEventListener("pointercancel", up);
    };
}

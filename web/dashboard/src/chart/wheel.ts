import type uPlot from "uplot";

/** The wheel with Ctrl stretches time about the cursor, sideways or with Shift it moves through it. */
export function wheel(u: uPlot, onView: (from: number, to: number) => void): () => void {
    const turn = (event: WheelEvent) => {
        const { min, max } = u.scales["x"] ?? {};
        if (typeof min !== "number" || typeof max !== "number") return;
        const span = max - min;
        const sideways = event.deltaX || (event.shiftKey ? event.deltaY : 0);
        if (event.ctrlKey) {
            const box = u.over.getBoundingClientRect();
            const at = min + ((event.clientX - box.left) / box.width) * span;
            const factor = Math.exp(Math.max(-50, Math.min(50, event.deltaY)) / 200);
            onView(at - (at - min) * factor, at + (max - at) * factor);
        } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
            const shift = (sideways / u.over.clientWidth) * span;
            onView(min + shift, max + shift);
        } else {
            return;
        }
        event.preventDefault();
    };
    u.over.addEventListener("wheel", turn, { passive: false });
    return () => u.over.removeEventListener("wheel", turn);
}

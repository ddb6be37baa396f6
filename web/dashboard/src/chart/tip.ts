import type uPlot from "uplot";
import { t } from "../i18n/t.ts";
import { formatClock, formatMoment, formatNumber } from "../lib/format.ts";
import { seriesColor } from "./colors.ts";
import type { Line } from "./options.ts";
import type { Track } from "./track.ts";

/** The nearest point of a track that the cursor at `t` stands on, or -1. */
export function pointAt(track: Track, t: number, reach: number): number {
    let low = 0;
    let high = track.t.length - 1;
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((track.t[middle] as number) <= t) low = middle;
        else high = middle - 1;
    }
    const after =
        low + 1 < track.t.length &&
        (track.t[low + 1] as number) - t < t - (track.t[low] as number) - track.step;
    const n = after ? low + 1 : low;
    const distance = Math.abs((track.t[n] ?? Number.POSITIVE_INFINITY) - t);
    return distance <= Math.max(reach, track.step) ? n : -1;
}

/** The box beside the cursor: the time, and for each line its mean with lowest and highest. */
export class Tip {
    private readonly box = document.createElement("div");

    constructor() {
        this.box.className = "tip";
        this.box.hidden = true;
    }

    attach(u: uPlot): void {
        u.over.append(this.box);
    }

    show(u: uPlot, lines: readonly Line[], tracks: readonly Track[]): void {
        const { left, idx } = u.cursor;
        if (left === undefined || left < 0 || idx === null || idx === undefined) {
            this.box.hidden = true;
            return;
        }
        const at = u.posToVal(left, "x");
        const span = (u.scales["x"]?.max ?? 0) - (u.scales["x"]?.min ?? 0);
        const rows = lines.flatMap((line, n) => this.row(line, tracks[n], at, span));
        this.box.replaceChildren(this.head(at, span, tracks[0]), ...rows);
        this.box.hidden = false;
        const flip = left > u.over.clientWidth / 2;
        this.box.style.left = flip ? "" : `${left + 14}px`;
        this.box.style.right = flip ? `${u.over.clientWidth - left + 14}px` : "";
    }

    private head(at: number, span: number, track: Track | undefined): HTMLElement {
        const head = document.createElement("p");
        const step = track?.step ?? 0;
        const from = step > 0 ? Math.floor(at / step) * step : at;
        const write = (t: number) => (span > 86_400_000 ? formatMoment(t, span) : formatClock(t));
        head.textContent = step > 0 ? `${write(from)} – ${write(from + step)}` : write(from);
        return head;
    }

    private row(line: Line, track: Track | undefined, at: number, span: number): HTMLElement[] {
        const n = track ? pointAt(track, at, span / 60) : -1;
        if (!track || n < 0) return [];
        const row = document.createElement("p");
        const key = document.createElement("i");
        key.style.backgroundColor = seriesColor(line.slot);
        const unit = line.unit ? `\u00a0${line.unit}` : "";
        const value = document.createElement("b");
        value.textContent = `${formatNumber(track.mean[n] as number, line.decimals)}${unit}`;
        row.append(key, `${line.label} `, value);
        if (track.max[n] !== track.min[n]) {
            const band = document.createElement("span");
            const [low, high] = [track.min[n] as number, track.max[n] as number];
            const words = { low: formatNumber(low, line.decimals), high: formatNumber(high, line.decimals) };
            band.textContent = ` ${t("device.range", words)}`;
            row.append(band);
        }
        return [row];
    }
}

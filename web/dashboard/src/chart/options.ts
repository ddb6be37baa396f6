import type uPlot from "uplot";
import { t } from "../i18n/t.ts";
import { formatAge, formatMoment, formatNumber } from "../lib/format.ts";
import { offsetAt, onTheWall } from "../lib/zone.ts";
import { color, faded, SERIES_DASH, seriesColor } from "./colors.ts";
import type { MarkedGap } from "./track.ts";

export interface Line {
    label: string;
    unit: string;
    decimals: number;
    /** Its place in the palette. */
    slot: number;
}

const FONT = "13px 'IBM Plex Sans Condensed', sans-serif";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [1, 5, 10, 15, 30]
    .map((s) => s * 1000)
    .concat(
        [1, 2, 5, 10, 15, 30].map((m) => m * MINUTE),
        [1, 2, 3, 6, 12].map((h) => h * HOUR),
        [1, 2, 7].map((d) => d * DAY),
    );

/** Round times by the clock on the wall, not by UTC. */
export function timeSplits(from: number, to: number, most: number): number[] {
    const step = STEPS.find((s) => (to - from) / s <= most) ?? 7 * DAY;
    const shift = -offsetAt(from);
    const splits: number[] = [];
    for (let at = Math.ceil((from - shift) / step) * step + shift; at <= to; at += step) splits.push(at);
    return splits;
}

function timeLabel(at: number, step: number): string {
    if (step >= DAY || onTheWall(at).getUTCHours() + onTheWall(at).getUTCMinutes() === 0)
        return formatMoment(at, 8 * DAY).replace(/ 00:00$/, "");
    return step < MINUTE ? formatMoment(at, MINUTE) : formatMoment(at, HOUR);
}

/** Units take turns: the first on the left axis, the second on the right, any further without one. */
export function unitsOf(lines: readonly Line[]): string[] {
    return [...new Set(lines.map((line) => line.unit))];
}

function axes(lines: readonly Line[]): uPlot.Axis[] {
    const ink = color("ink-3");
    const grid = { stroke: color("rule"), width: 1 };
    const none = { show: false };
    const time: uPlot.Axis = {
        font: FONT,
        stroke: ink,
        size: 30,
        gap: 8,
        grid: none,
        ticks: { stroke: color("rule-2"), width: 1, size: 4 },
        splits: (u) =>
            timeSplits(
                u.scales["x"]?.min ?? 0,
                u.scales["x"]?.max ?? 1,
                Math.max(2, Math.floor(u.width / 110)),
            ),
        values: (_, splits) =>
            splits.map((at) => timeLabel(at, (splits[1] ?? at + HOUR) - (splits[0] ?? at))),
    };
    const units = unitsOf(lines).slice(0, 2);
    const scales: uPlot.Axis[] = units.map((unit, n) => ({
        scale: unit || "none",
        side: n === 0 ? 3 : 1,
        font: FONT,
        stroke: ink,
        size: (_, values) => 16 + 8 * Math.max(3, ...(values ?? []).map((v) => v.length)),
        gap: 8,
        space: 56,
        grid: n === 0 ? grid : none,
        ticks: none,
        values: (_, splits) => {
            const step = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0)) || 1;
            const decimals = Math.max(0, Math.min(4, Math.ceil(-Math.log10(step) - 1e-9)));
            return splits.map((v) => formatNumber(v, decimals));
        },
    }));
    return [time, ...scales];
}

function scales(lines: readonly Line[], limits: () => readonly LimitLine[]): Record<string, uPlot.Scale> {
    const all: Record<string, uPlot.Scale> = { x: { time: true } };
    for (const unit of unitsOf(lines)) {
        const least =
            10 ** -Math.max(...lines.filter((line) => line.unit === unit).map((line) => line.decimals)) * 4;
        all[unit || "none"] = {
            range: (_, low, high) => {
                if (low === null || high === null || !Number.isFinite(low)) return [0, 1];
                // A limit that is near is in the picture.
                const reach = Math.max(high - low, least * 2);
                const near = limits()
                    .filter((one) => one.unit === unit && one.at > low - reach && one.at < high + reach)
                    .map((one) => one.at);
                const [bottom, top] = [Math.min(low, ...near), Math.max(high, ...near)];
                const pad = Math.max((top - bottom) * 0.08, least / 2);
                return [bottom - pad, top + pad];
            },
        };
    }
    return all;
}

function seriesFor(line: Line): uPlot.Series[] {
    const stroke = seriesColor(line.slot);
    const scale = line.unit || "none";
    const edge: uPlot.Series = { scale, stroke: "transparent", width: 0, points: { show: false } };
    const dash = SERIES_DASH[line.slot % 6];
    const mean: uPlot.Series = {
        label: line.label,
        scale,
        stroke,
        width: 1.8,
        ...(dash ? { dash } : {}),
        points: { show: false },
    };
    return [mean, edge, edge];
}

/** Hatches the times without data, under the lines, and says how long they were, or why; a bar over what was thinned. */
function drawGaps(u: uPlot, gaps: readonly MarkedGap[]): void {
    const { ctx, bbox } = u;
    const ratio = devicePixelRatio;
    const ends: number[] = [];
    for (const { from, to, whole, label } of [...gaps].sort((a, b) => a.from - b.from)) {
        const left = Math.max(bbox.left, u.valToPos(from, "x", true));
        const right = Math.min(bbox.left + bbox.width, u.valToPos(to, "x", true));
        const width = right - left;
        if (width < 2) continue;
        if (!whole) {
            ctx.fillStyle = color("rule-2");
            ctx.fillRect(left, bbox.top, width, 3 * ratio);
            gapLabel(u, label ?? "", left + width / 2, width, ends);
            continue;
        }
        ctx.save();
        ctx.beginPath();
        ctx.rect(left, bbox.top, width, bbox.height);
        ctx.clip();
        ctx.strokeStyle = color("rule-2");
        ctx.globalAlpha = 0.55;
        ctx.lineWidth = ratio;
        ctx.beginPath();
        for (let x = left - bbox.height; x < right; x += 8 * ratio) {
            ctx.moveTo(x, bbox.top + bbox.height);
            ctx.lineTo(x + bbox.height, bbox.top);
        }
        ctx.stroke();
        ctx.restore();
        const text = t("device.noData", { age: formatAge(to - from) });
        gapLabel(u, label ?? text, left + width / 2, width, ends);
    }
}

/** `ends`: where the labels of each row end so far; one that would hide another goes a row down. */
function gapLabel(u: uPlot, text: string, x: number, room: number, ends: number[]): void {
    const { ctx, bbox } = u;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.font = FONT.replace("13", String(13 * ratio));
    const width = ctx.measureText(text).width;
    if (room > 24 * ratio) {
        const left = Math.max(bbox.left, Math.min(x - width / 2, bbox.left + bbox.width - width));
        const free = ends.findIndex((end) => left > end);
        const row = free < 0 ? ends.length : free;
        const top = bbox.top + (4 + 22 * row) * ratio;
        ends[row] = left + width + 12 * ratio;
        ctx.fillStyle = color("paper");
        ctx.fillRect(left - 4 * ratio, top, width + 8 * ratio, 20 * ratio);
        ctx.fillStyle = color("ink-2");
        ctx.textBaseline = "middle";
        ctx.textAlign = "left";
        ctx.fillText(text, left, top + 10 * ratio);
    }
    ctx.restore();
}

/** Names the axes where there are two. */
function drawUnits(u: uPlot, units: readonly string[]): void {
    if (units.length < 2) return;
    const { ctx, bbox } = u;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.font = FONT.replace("13", String(13 * ratio));
    ctx.fillStyle = color("ink-2");
    ctx.textBaseline = "bottom";
    ctx.textAlign = "right";
    ctx.fillText(units[0] as string, bbox.left - 8 * ratio, bbox.top - 8 * ratio);
    ctx.textAlign = "left";
    ctx.fillText(units[1] as string, bbox.left + bbox.width + 8 * ratio, bbox.top - 8 * ratio);
    ctx.restore();
}

/** Where an alarm is raised: a dashed line across, on the scale of its unit. */
export interface LimitLine {
    at: number;
    unit: string;
}

function drawLimits(u: uPlot, limits: readonly LimitLine[]): void {
    const { ctx, bbox } = u;
    const ratio = devicePixelRatio;
    for (const { at, unit } of limits) {
        const scale = u.scales[unit || "none"];
        if (!scale || at < (scale.min ?? at) || at > (scale.max ?? at)) continue;
        const y = Math.round(u.valToPos(at, unit || "none", true));
        ctx.save();
        ctx.strokeStyle = color("alarm");
        ctx.lineWidth = 1.2 * ratio;
        ctx.setLineDash([4 * ratio, 3 * ratio]);
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
        ctx.restore();
    }
}

export interface PlotHooks {
    limits: () => readonly LimitLine[];
    gaps: () => readonly MarkedGap[];
    onSelect: (from: number, to: number) => void;
    onCursor: (u: uPlot) => void;
}

export function plotOptions(
    lines: readonly Line[],
    width: number,
    height: number,
    hooks: PlotHooks,
): uPlot.Options {
    return {
        width,
        height,
        ms: 1,
        pxAlign: 1,
        legend: { show: false },
        padding: [unitsOf(lines).length > 1 ? 26 : 12, unitsOf(lines).length > 1 ? 4 : 16, 0, 4],
        cursor: {
            y: false,
            drag: { x: true, y: false, setScale: false, dist: 6 },
            points: {
                // Only the mean is marked, not the edges of its band.
                size: (_, n) => ((n - 1) % 3 === 0 ? 9 : 0),
                width: (_, n) => ((n - 1) % 3 === 0 ? 2 : 0),
                fill: (_, n) => seriesColor(lines[Math.floor((n - 1) / 3)]?.slot ?? 0),
                stroke: () => color("paper"),
            },
        },
        scales: scales(lines, hooks.limits),
        axes: axes(lines),
        series: [{}, ...lines.flatMap(seriesFor)],
        // More than two bands would hide each other.
        bands: lines.slice(0, lines.length > 2 ? 1 : 2).map((line, n) => ({
            series: [3 * n + 3, 3 * n + 2] as [number, number],
            fill: faded(seriesColor(line.slot), 0.24),
        })),
        hooks: {
            drawAxes: [
                (u) => drawGaps(u, hooks.gaps()),
                (u) => drawLimits(u, hooks.limits()),
                (u) => drawUnits(u, unitsOf(lines)),
            ],
            setCursor: [hooks.onCursor],
            setSelect: [
                (u) => {
                    const { left, width: w } = u.select;
                    if (w > 6) hooks.onSelect(u.posToVal(left, "x"), u.posToVal(left + w, "x"));
                    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
                },
            ],
        },
    };
}

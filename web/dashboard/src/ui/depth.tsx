import type { Outage } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatCount, formatMoment, formatNumber } from "../lib/format.ts";
import { linePath, type Point } from "../lib/path.ts";
import { depth } from "../state/app.ts";
import { now } from "../state/link.ts";
import { useTimeline } from "../state/timeline.ts";

/** A dozen readings in passing are no water worth drawing. */
const LEAST_TOP = 1000;
const DAY = 24 * 3_600_000;
const LEAST_SPAN = 10 * 60_000;

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

export function DepthPicture({ width, height }: { width: number; height: number }) {
    void depth.version.value;
    const remembered = useTimeline();
    const { t: times, held, outages } = joinCourse(remembered, depth);
    if (times.length < 2) return <div class="depth" style={{ height: `${height + 36}px` }} />;
    const end = Math.max(now.value, times.at(-1) as number);
    const start = Math.max(end - DAY, Math.min(times[0] as number, end - LEAST_SPAN));
    const span = end - start;
    const most = Math.max(...held);
    const top = niceCeil(Math.max(most, LEAST_TOP));
    const x = (at: number) => Math.max(0, Math.min(width, ((at - start) / span) * width));
    const points: Point[] = times.map((at, n) => [
        x(at),
        height - ((held[n] as number) / top) * (height - 4),
    ]);
    const line = linePath(points);
    const first = x(times[0] as number);
    return (
        <div class="depth">
            <p class="depth-scale" aria-hidden="true" style={{ height: `${height}px` }}>
                <span>{formatCount(top)}</span>
                <span>{formatCount(top / 2)}</span>
                <span>0</span>
            </p>
            <svg
                viewBox={`0 0 ${width} ${height + 12}`}
                preserveAspectRatio="none"
                style={{ height: `${height + 12}px` }}
                role="img"
                aria-label={t("side.depthLabel", {
                    n: formatNumber(held.at(-1) ?? 0, 0),
                    most: formatNumber(most, 0),
                    time: formatMoment(start, span + 1),
                })}
            >
                <path
                    class="depth-rule"
                    d={`M0 4H${width}M0 ${height / 2 + 2}H${width}M0 ${height}H${width}`}
                />
                <path class="depth-water" d={`${line}L${x(end)} ${height}L${first} ${height}Z`} />
                <path class="depth-line" d={line} />
                <rect class="lane" y={height + 4} width={width} height="7" />
                {outages.map((one) => (
                    <rect
                        key={`${one.upstream}${one.from}`}
                        class="lane-down"
                        x={x(one.from)}
                        y={height + 4}
                        width={
                            one.to !== null && one.to < start
                                ? 0
                                : Math.max(2, x(one.to ?? end) - x(one.from))
                        }
                        height="7"
                    />
                ))}
            </svg>
            <p class="depth-time" aria-hidden="true">
                {[0, 0.25, 0.5, 0.75, 1].map((share) => (
                    <span key={share}>{formatMoment(start + share * span, 3_600_000)}</span>
                ))}
            </p>
        </div>
    );
}

import type { Series } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatMoment } from "../lib/format.ts";
import type { Loss } from "../lib/lost.ts";
import { isResting } from "../lib/states.ts";
import { metricLabel } from "../state/catalogue.ts";
import type { Track } from "./track.ts";

export interface Stretch {
    from: number;
    to: number;
    state: string;
}

/** A state holds until the next is heard, or until what history has lost. */
export function stretches(
    track: Track,
    from: number,
    to: number,
    now: number,
    losses: readonly Loss[] = [],
): Stretch[] {
    const states = track.state ?? [];
    const found: Stretch[] = [];
    states.forEach((state, n) => {
        const start = track.t[n] as number;
        const next = track.t[n + 1] ?? now;
        const lost = losses.find((loss) => loss.whole && loss.from > start && loss.from < next);
        const end = Math.min(lost?.from ?? next, to, now);
        if (end <= from || start >= to) return;
        const last = found.at(-1);
        if (last && last.state === state && last.to >= start) last.to = end;
        else found.push({ from: Math.max(start, from), to: end, state });
    });
    return found;
}

export function stateWord(state: string): string {
    if (state === "true") return t("value.true");
    if (state === "false") return t("value.false");
    return state;
}

interface LanesProps {
    list: readonly { series: Series; track: Track; losses: readonly Loss[] }[];
    from: number;
    to: number;
    now: number;
    left: number;
    width: number;
    /** Whether there is no chart above that has a time axis. */
    alone: boolean;
}

/** States under the chart, on its time axis: a block for each stretch, named where there is room. */
export function Lanes({ list, from, to, now, left, width, alone }: LanesProps) {
    const x = (at: number) => ((at - from) / (to - from)) * width;
    return (
        <div class="lanes">
            {list.map(({ series, track, losses }) => {
                const order: string[] = [];
                return (
                    <div class="state-lane" key={series.id}>
                        <p style={{ paddingLeft: `${left}px` }}>{metricLabel(series.name)}</p>
                        <svg
                            height="22"
                            width={width}
                            style={{ marginLeft: `${left}px` }}
                            role="img"
                            aria-label={metricLabel(series.name)}
                        >
                            <path class="depth-rule" d={`M0 11H${width}`} />
                            {stretches(track, from, to, now, losses).map((s) => {
                                const resting = isResting(s.state);
                                if (!resting && !order.includes(s.state)) order.push(s.state);
                                const room = x(s.to) - x(s.from);
                                return (
                                    <g
                                        key={s.from}
                                        class={
                                            resting
                                                ? "lane-rest"
                                                : `lane-block rank-${order.indexOf(s.state) % 3}`
                                        }
                                    >
                                        <rect x={x(s.from)} y="1" width={Math.max(1.5, room)} height="20" />
                                        {room > 12 + 7 * stateWord(s.state).length && (
                                            <text x={x(s.from) + 6} y="15.5">
                                                {stateWord(s.state)}
                                            </text>
                                        )}
                                    </g>
                                );
                            })}
                        </svg>
                    </div>
                );
            })}
            {alone && (
                <p class="brush-time">
                    <span>{formatMoment(from, to - from)}</span>
                    <span>{formatMoment(to, to - from)}</span>
                </p>
            )}
        </div>
    );
}

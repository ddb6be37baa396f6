import { useComputed } from "@preact/signals";
import { t } from "../i18n/t.ts";
import { type Course, joinCourse, niceCeil, type Stretch, unknownIn } from "../lib/course.ts";
import { formatAge, formatCount, formatMoment, formatNumber, formatRate } from "../lib/format.ts";
import { linePath, type Point } from "../lib/path.ts";
import { depth } from "../state/app.ts";
import { now } from "../state/link.ts";
import { useTimeline } from "../state/timeline.ts";

export const DAY = 24 * 3_600_000;
const REDRAW_MS = 5000;
/** From this share of the width on there is room for words. */
const ROOM = 0.16;

/** What is drawn: readings that wait, or messages that arrive. */
export type CourseKind = "held" | "in";
// A dozen readings in passing are no water worth drawing.
const LEAST_TOP = { held: 1000, in: 10 };

/** The course of the last day as far as it is known, redrawn every few seconds: it moves slowly. */
export function useCourse(): { course: Course; end: number; known: boolean } {
    const turn = useComputed(() => Math.floor(now.value / REDRAW_MS));
    void turn.value;
    const remembered = useTimeline();
    return { course: joinCourse(remembered, depth), end: now.peek(), known: remembered !== null };
}

/** The points of each stretch that is known without a break. */
export function piecesOf(course: Course, kind: CourseKind, start: number, end: number): Point[][] {
    const holes = unknownIn(course.t, start, end);
    const pieces: Point[][] = [[]];
    let hole = 0;
    course.t.forEach((at, n) => {
        if (at < start || at > end) return;
        while (hole < holes.length && at >= (holes[hole] as Stretch).to) {
            hole++;
            pieces.push([]);
        }
        (pieces.at(-1) as Point[]).push([at, course[kind][n] as number]);
    });
    return pieces.filter((piece) => piece.length > 0);
}

function Unknown({
    hole,
    start,
    span,
    known,
}: {
    hole: Stretch;
    start: number;
    span: number;
    known: boolean;
}) {
    const share = (hole.to - hole.from) / span;
    const words =
        hole.from > start
            ? t("course.away", { age: formatAge(hole.to - hole.from) })
            : t(known ? "course.before" : "course.nothing", { time: formatMoment(hole.to, span) });
    return (
        <span
            class="course-unknown"
            title={words}
            style={{ left: `${((hole.from - start) / span) * 100}%`, width: `${share * 100}%` }}
        >
            {share > ROOM && <b>{words}</b>}
        </span>
    );
}

interface Props {
    kind: CourseKind;
    height: number;
    /** How far it goes back, ms. */
    span?: number;
    lane?: boolean;
}

/** One quantity over all of the range, whatever is known of it: what is not known is hatched, and says so. */
export function CoursePicture({ kind, height, span = DAY, lane = false }: Props) {
    const { course, end, known } = useCourse();
    const start = end - span;
    // Until the gateway was asked, nothing can be said of what is not known.
    const holes = known ? unknownIn(course.t, start, end) : [];
    const pieces = piecesOf(course, kind, start, end);
    const values = pieces.flat().map(([, v]) => v);
    const most = Math.max(0, ...values);
    const top = niceCeil(Math.max(most, LEAST_TOP[kind]));
    const width = 1000;
    const x = (at: number) => Math.max(0, Math.min(width, ((at - start) / span) * width));
    const y = (v: number) => height - (v / top) * (height - 4);
    const write = (v: number) => (kind === "held" ? formatNumber(v, 0) : formatRate(v));
    const low = height + (lane ? 12 : 0);
    const gone = holes.reduce((sum, hole) => sum + hole.to - hole.from, 0);
    return (
        <div class="depth">
            <p class="depth-scale" aria-hidden="true" style={{ height: `${height}px` }}>
                <span>{formatCount(top)}</span>
                <span>{formatCount(top / 2)}</span>
                <span>0</span>
            </p>
            <div class="course">
                <svg
                    viewBox={`0 0 ${width} ${low}`}
                    preserveAspectRatio="none"
                    style={{ height: `${low}px` }}
                    role="img"
                    aria-label={[
                        t(kind === "held" ? "side.depthLabel" : "course.inLabel", {
                            n: write(values.at(-1) ?? 0),
                            most: write(most),
                            time: formatMoment(start, span + 1),
                        }),
                        gone > 0 ? t("course.unknownLabel", { age: formatAge(gone) }) : "",
                    ].join(" ")}
                >
                    <path
                        class="depth-rule"
                        d={`M0 4H${width}M0 ${height / 2 + 2}H${width}M0 ${height}H${width}`}
                    />
                    {pieces.map((piece) => {
                        const line = linePath(piece.map(([at, v]): Point => [x(at), y(v)]));
                        const [first, last] = [piece[0] as Point, piece.at(-1) as Point];
                        return (
                            <g key={first[0]}>
                                {kind === "held" && (
                                    <path
                                        class="depth-water"
                                        d={`${line}L${x(last[0])} ${height}L${x(first[0])} ${height}Z`}
                                    />
                                )}
                                <path class="depth-line" d={line} />
                                {lane && (
                                    <rect
                                        class="lane"
                                        x={x(first[0])}
                                        y={height + 4}
                                        width={Math.max(1, x(last[0]) - x(first[0]))}
                                        height="7"
                                    />
                                )}
                            </g>
                        );
                    })}
                    {lane &&
                        course.outages
                            .filter((one) => one.to === null || one.to > start)
                            .map((one) => (
                                <rect
                                    key={`${one.upstream}${one.from}`}
                                    class="lane-down"
                                    x={x(one.from)}
                                    y={height + 4}
                                    width={Math.max(2, x(one.to ?? end) - x(one.from))}
                                    height="7"
                                />
                            ))}
                </svg>
                {holes.map((hole) => (
                    <Unknown
                        key={hole.from}
                        hole={hole}
                        start={start}
                        span={span}
                        known={values.length > 0}
                    />
                ))}
            </div>
            <p class="depth-time" aria-hidden="true">
                {[0, 0.25, 0.5, 0.75, 1].map((share) => (
                    <span key={share}>{formatMoment(start + share * span, 3_600_000)}</span>
                ))}
            </p>
        </div>
    );
}

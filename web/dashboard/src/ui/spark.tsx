import { useEffect } from "preact/hooks";
import type { Freshness } from "../../../client/src/index.ts";
import { linePath, type Point } from "../lib/path.ts";
import { isResting } from "../lib/states.ts";
import { catalogue, sparks, table } from "../state/app.ts";
import { now } from "../state/link.ts";
import { NumberSpark, SPARK_MS, SPARK_POINTS, type StateSpark } from "../state/sparks.ts";

const WIDTH = 200;
const HEIGHT = 24;
const BUCKET_MS = SPARK_MS / SPARK_POINTS;

/** Time to x. Moves in whole buckets, so that the picture does not creep. */
function scale(at: number): (t: number) => number {
    const right = (Math.floor(at / BUCKET_MS) + 1) * BUCKET_MS;
    return (t) => WIDTH * (1 - (right - t) / SPARK_MS);
}

export function numberPath(spark: NumberSpark, at: number, interval: number, step: number): string {
    const x = scale(at);
    const shown = spark.mean.filter((_, n) => x(spark.time(n)) >= -2);
    let low = Math.min(...shown);
    let high = Math.max(...shown);
    // What differs by the last digit only is a calm line, not a mountain.
    const least = step * 6;
    if (high - low < least) {
        const middle = (high + low) / 2;
        low = middle - least / 2;
        high = middle + least / 2;
    }
    const gap = Math.max(3 * BUCKET_MS, 3.5 * interval, 2.5 * spark.step);
    const points: (Point | null)[] = [];
    spark.mean.forEach((v, n) => {
        const left = x(spark.time(n));
        if (left < -2) return;
        if (n > 0 && spark.time(n) - spark.time(n - 1) > gap) points.push(null);
        points.push([left, HEIGHT - 3 - ((v - low) / (high - low || 1)) * (HEIGHT - 6)]);
    });
    return linePath(points);
}

interface Segment {
    x: number;
    width: number;
    resting: boolean;
    rank: number;
}

/** More different texts than this are no states but a clock, a count or prose. */
const MOST_STATES = 12;

export function segments(spark: StateSpark, at: number, end: number): Segment[] {
    const x = scale(at);
    if (new Set(spark.state).size > MOST_STATES) {
        const from = Math.max(0, x(spark.t[0] as number));
        return [{ x: from, width: Math.max(0, Math.min(WIDTH, x(end)) - from), resting: true, rank: 0 }];
    }
    const seen: string[] = [];
    return spark.t.flatMap((t, n) => {
        const state = spark.state[n] as string;
        const until = spark.t[n + 1] ?? end;
        const from = Math.max(0, x(t));
        const width = Math.min(WIDTH, x(until)) - from;
        if (width <= 0) return [];
        const resting = isResting(state);
        if (!resting && !seen.includes(state)) seen.push(state);
        return [
            { x: from, width: Math.max(width, 1.5), resting, rank: resting ? 0 : seen.indexOf(state) % 3 },
        ];
    });
}

/** The last quarter of an hour of one series: a line for numbers, a strip for states. */
export function SparkPicture({ id, state }: { id: number; state: Freshness }) {
    useEffect(() => {
        sparks.show(id);
        return () => sparks.hide(id);
    }, [id]);
    void sparks.version.value;
    const spark = sparks.get(id);
    const at = now.peek();
    const interval = table.interval[id] ?? 0;
    return (
        <svg
            class={`spark is-${state}`}
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            {spark instanceof NumberSpark && (
                <path
                    class="spark-line"
                    d={numberPath(spark, at, interval, 10 ** -(catalogue.decimals[id] ?? 0))}
                />
            )}
            {spark &&
                !(spark instanceof NumberSpark) &&
                segments(spark, at, state < 2 ? at : Math.min(at, (table.heard[id] ?? 0) + 2 * interval)).map(
                    (s, n) => (
                        <rect
                            key={n}
                            class={s.resting ? "spark-rest" : `spark-block rank-${s.rank}`}
                            x={s.x}
                            y={s.resting ? HEIGHT / 2 - 0.75 : HEIGHT / 2 - 5}
                            width={s.width}
                            height={s.resting ? 1.5 : 10}
                        />
                    ),
                )}
        </svg>
    );
}

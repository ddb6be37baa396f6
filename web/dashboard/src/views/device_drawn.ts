import type { AlarmRule, Series } from "../../../client/src/index.ts";
import { type Limit, limitsOf } from "../chart/limits.ts";
import type { ChartModel } from "../chart/model.ts";
import type { LimitLine, Line } from "../chart/options.ts";
import { gapsOf, type Summary, summarise, type Track } from "../chart/track.ts";
import { t } from "../i18n/t.ts";
import { formatMoment, formatNumber } from "../lib/format.ts";
import { type Loss, lossesOf } from "../lib/lost.ts";
import { convertNumber } from "../lib/units.ts";
import { catalogue } from "../state/app.ts";
import { deviceLabel, metricLabel } from "../state/catalogue.ts";
import { isState } from "../state/kind.ts";
import { conversion, decimalsFor, unitOf } from "../state/shown.ts";

interface Shown {
    series: Series;
    track: Track | undefined;
    slot: number;
    name: string;
}

/** What of the chosen series is drawn, and how: numbers as lines on a chart, states as lanes under it. */
export interface Drawn {
    shown: Shown[];
    numbers: Shown[];
    states: { series: Series; track: Track; losses: Loss[] }[];
    lines: Line[];
    /** Of the lines that were read already, in their order. */
    tracks: Track[];
    losses: Loss[][];
    /** Every line was read. */
    whole: boolean;
    limits: Limit[];
    limitLines: LimitLine[];
}

/** A series' name, and whose it is where it is another device's. */
function nameOf(series: Series, device: string): string {
    const name = metricLabel(series.name);
    return series.device === device ? name : `${deviceLabel(series.device)} ${name}`;
}

export function drawnOf(
    device: string,
    chosen: readonly number[],
    model: ChartModel,
    rules: readonly AlarmRule[],
): Drawn {
    const shown = chosen.flatMap((id, slot): Shown[] => {
        const series = catalogue.byId[id];
        const track = model.tracks.find((one) => one.id === id);
        return series ? [{ series, track, slot, name: nameOf(series, device) }] : [];
    });
    const numbers = shown.filter(({ series, track }) => (track ? track.state === null : !isState(series)));
    const lines = numbers.map(
        ({ series, slot, name }): Line => ({
            label: name,
            unit: unitOf(series),
            decimals: decimalsFor(series.id),
            slot,
        }),
    );
    const tracks = numbers.flatMap(({ track }) => (track ? [track] : []));
    const limits = limitsOf(
        numbers.map(({ series }) => series.id),
        catalogue.byId,
        rules,
    ).map((limit) => ({ ...limit, at: convertNumber(limit.at, conversion(limit.id)) }));
    return {
        shown,
        numbers,
        states: shown.flatMap(({ series, track }) =>
            track?.state ? [{ series, track, losses: lossesOf(model.records, track.id) }] : [],
        ),
        lines,
        tracks,
        losses: tracks.map((track) => lossesOf(model.records, track.id)),
        whole: tracks.length === lines.length,
        limits,
        limitLines: limits.map((limit) => ({
            at: limit.at,
            unit: lines[numbers.findIndex(({ series }) => series.id === limit.id)]?.unit ?? "",
        })),
    };
}

/** What the picture shows, for those who do not see it. */
export function chartLabel(drawn: Drawn, from: number, to: number, summary: Summary | null): string {
    const focus = drawn.numbers[0]?.series;
    const decimals = drawn.lines[0]?.decimals ?? 0;
    return t("device.chart", {
        names: drawn.lines.map((line) => line.label).join(", "),
        from: formatMoment(from, to - from),
        to: formatMoment(to, to - from),
        summary:
            summary && focus
                ? t("device.summary", {
                      name: metricLabel(focus.name),
                      min: formatNumber(summary.min, decimals),
                      mean: formatNumber(summary.mean, decimals),
                      max: formatNumber(summary.max, decimals),
                  })
                : "",
    });
}

/** Silence that lasts is a gap as well, up to the present. */
export function gapsWithEnd(track: Track, at: number): ReturnType<typeof gapsOf> {
    const gaps = gapsOf(track);
    const last = track.t.at(-1);
    const most = 4 * Math.max(track.step, track.interval, 5000);
    if (last !== undefined && at - last - track.step > most) gaps.push([last + track.step, at]);
    return gaps;
}

/** Everything was read, and there is nothing in it. */
export function isEmpty(drawn: Drawn, from: number, to: number): boolean {
    return (
        drawn.whole && drawn.tracks.length > 0 && drawn.tracks.every((track) => !summarise(track, from, to))
    );
}

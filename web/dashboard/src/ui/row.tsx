import { useComputed } from "@preact/signals";
import type { Alarm, Freshness, Series } from "../../../client/src/index.ts";
import { LATE, NEVER, STALE } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { alarmText, SEVERITY } from "../lib/alarms.ts";
import { formatAge, formatClock, formatMoment, formatValue } from "../lib/format.ts";
import { worstOf } from "../state/alarms.ts";
import { table, version } from "../state/app.ts";
import { deviceLabel, metricLabel } from "../state/catalogue.ts";
import { frozenAt, now } from "../state/link.ts";
import { away } from "../state/presence.ts";
import { deviceLink } from "../state/route.ts";
import { decimalsFor, shownValue, unitOf } from "../state/shown.ts";
import { AlarmGlyph, Glyph, OfflineGlyph, RetainedGlyph } from "./glyph.tsx";
import { SparkPicture } from "./spark.tsx";

export function useFreshness(id: number): Freshness {
    return useComputed(() => {
        void version(id).value;
        return table.freshness(id, now.value);
    }).value;
}

export function valueText(id: number): string {
    return formatValue(shownValue(id), decimalsFor(id));
}

/** The value as it changes: only this text is touched. */
export function LiveValue({ id }: { id: number }) {
    const text = useComputed(() => {
        void version(id).value;
        return table.has(id) ? valueText(id) : "";
    });
    return <>{text}</>;
}

/** How long ago; while nothing is known of the gateway, at what time, for that stays true. */
export function heardText(id: number, at: number): string {
    const heard = table.heard[id] ?? 0;
    if (heard === 0) return t(table.has(id) ? "age.retained" : "age.never");
    const age = at - heard;
    if (frozenAt.value !== null) return age < DAY ? formatClock(heard) : formatMoment(heard, 8 * DAY);
    return age < 1000 ? t("age.now") : formatAge(age);
}

const FUSE = 44;
const DAY = 24 * 3_600_000;

/** How much of the fuse is left: all of it just after a reading, none when the next is late; then the way to stale. */
export function fuseLeft(age: number, interval: number, state: Freshness): number {
    if (interval === 0) return state === 0 ? 1 : 0;
    if (state === LATE) return Math.max(0.06, 1 - age / Math.max(4 * interval, 30_000));
    // A reading that is due within the second has not begun to burn: no flicker in what is quick.
    return Math.max(0, Math.min(1, 1 - Math.max(0, age - 1000) / (1.5 * interval + 1000)));
}

function Heard({ id, state }: { id: number; state: Freshness }) {
    const text = useComputed(() => heardText(id, now.value));
    const left = useComputed(() => {
        const heard = table.heard[id] ?? 0;
        return FUSE * (heard === 0 ? 0 : fuseLeft(now.value - heard, table.interval[id] ?? 0, state));
    });
    // Whether the next is due cannot be said while nothing is heard of any.
    const burning = state < STALE && frozenAt.value === null;
    return (
        <>
            <span class="age">{text}</span>
            <svg class="fuse" viewBox={`0 0 ${FUSE} 4`} width={FUSE} height="4" aria-hidden="true">
                <rect class={burning ? "fuse-track" : "fuse-hatch"} width={FUSE} height="4" />
                {burning && <rect class="fuse-left" width={left} height="4" />}
            </svg>
        </>
    );
}

/** In the place of the state: an alarm is on. */
function AlarmMark({ alarm }: { alarm: Alarm }) {
    const words = `${t(SEVERITY[alarm.severity])}: ${alarmText(alarm)}`;
    return (
        <a class="alarm-mark" href="#/alarms" title={words}>
            <AlarmGlyph severity={alarm.severity} />
            <span class="sr">{words}</span>
        </a>
    );
}

/** An alarm before the device's own word that it is away, and that before what the series' age says. */
export function Mark({
    series,
    state,
    alarm,
}: {
    series: Series;
    state: Freshness;
    alarm: Alarm | undefined;
}) {
    if (alarm) return <AlarmMark alarm={alarm} />;
    const device = away.value.get(series.device);
    if (device?.state === "offline") return <OfflineGlyph why={device.why} />;
    if (state === NEVER && table.has(series.id)) return <RetainedGlyph />;
    return <Glyph state={state} />;
}

/** Tinted while nobody has acknowledged it; by how bad it is. */
function alarmClass(alarm: Alarm | undefined): string {
    if (!alarm) return "";
    return alarm.state === "open" ? `in-alarm is-${alarm.severity}` : "was-seen";
}

export interface RowProps {
    series: Series;
    /** Whether the row above is of another device. */
    first: boolean;
    /** Under a heading that names the device already. */
    bare: boolean;
    index: number;
}

export function Row({ series, first, bare, index }: RowProps) {
    const { id } = series;
    const state = useFreshness(id);
    const alarm = worstOf.value.get(id);
    const topic = series.field ? `${series.topic}#${series.field}` : series.topic;
    return (
        <div
            class={`row is-${state} ${first ? "" : "again"} ${bare ? "bare" : ""} ${alarmClass(alarm)}`}
            role="row"
            aria-rowindex={index}
        >
            <span role="cell" class="c-state">
                <Mark series={series} state={state} alarm={alarm} />
            </span>
            <span role="rowheader" class="c-name" title={topic}>
                <a class="device" href={deviceLink(series.device)}>
                    {deviceLabel(series.device)}
                </a>
                <span class="metric">{metricLabel(series.name)}</span>
            </span>
            <span role="cell" class="c-value">
                <span class="value">
                    <LiveValue id={id} />
                </span>
                <small class="narrow" aria-hidden="true">
                    {" "}
                    {unitOf(series)}
                </small>
            </span>
            <span role="cell" class="c-unit">
                {unitOf(series)}
            </span>
            <span role="cell" class="c-spark">
                <SparkPicture id={id} state={state} />
            </span>
            <span role="cell" class="c-heard">
                <Heard id={id} state={state} />
            </span>
        </div>
    );
}

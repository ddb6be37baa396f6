import type { Series } from "../../../client/src/index.ts";
import { SERIES_DASH } from "../chart/colors.ts";
import type { Limit } from "../chart/limits.ts";
import { pan, type View, zoom } from "../chart/view.ts";
import { type Key, t } from "../i18n/t.ts";
import { decimalsOf, formatEvery, formatMoment, formatNumber } from "../lib/format.ts";
import { catalogue, clock, table } from "../state/app.ts";
import { areaOf, deviceLabel } from "../state/catalogue.ts";
import { deviceState } from "../state/device.ts";
import { isState } from "../state/kind.ts";
import { frozenAt, now } from "../state/link.ts";
import { decimalsFor, unitOf } from "../state/shown.ts";
import { heardText, LiveValue } from "../ui/row.tsx";

interface HeadProps {
    device: string;
    list: readonly Series[];
    view: View;
    from: number;
    to: number;
    onLive: () => void;
}

export function DeviceHead({ device, list, view, from, to, onLive }: HeadProps) {
    const { latest } = deviceState(list, now.value);
    const heard = heardText(latest, now.value);
    const age = now.value - (table.heard[latest] ?? 0);
    const interval = table.interval[latest] ?? 0;
    const topic = list[0]?.topic ?? "";
    const known = (table.heard[latest] ?? 0) > 0;
    const ago = age < 1000 ? "device.heard" : "device.heardAgo";
    const heardKey = !known ? "device.heard" : frozenAt.value === null ? ago : "device.heardAt";
    return (
        <div class="device-head">
            <h1>{deviceLabel(device)}</h1>
            <span class="area">{areaOf(topic, device)}</span>
            <code class="wide">{topic}</code>
            <p class="device-state">
                {view.end !== null ? (
                    <>
                        <span>
                            <b>
                                {t("device.held", {
                                    from: formatMoment(from, view.span),
                                    to: formatMoment(to, view.span),
                                })}
                            </b>
                            <span class="wide">, {t("device.valuesLive")}</span>
                        </span>
                        <button type="button" class="button" onClick={onLive}>
                            {t("device.toLive")}
                        </button>
                    </>
                ) : (
                    <span>
                        {t(heardKey, { age: heard })}
                        {interval > 0 && `, ${t("device.expected", { every: formatEvery(interval) })}`}
                    </span>
                )}
            </p>
        </div>
    );
}

const RANGES: [Key, number][] = [
    ["range.5min", 5 * 60_000],
    ["range.1h", 3_600_000],
    ["range.6h", 6 * 3_600_000],
    ["range.24h", 24 * 3_600_000],
    ["range.7d", 7 * 24 * 3_600_000],
    ["range.30d", 30 * 24 * 3_600_000],
];

interface ToolsProps {
    view: View;
    step: number;
    loading: boolean;
    /** Where what is in view is to be had as CSV. */
    file: string;
    asTable: boolean;
    onTable: () => void;
    onView: (change: (view: View) => View) => void;
}

const MOVES: [Key, string, (view: View) => View][] = [
    ["device.zoomOut", "M4 8h8", (v) => zoom(v, 2, clock.now())],
    ["device.zoomIn", "M4 8h8M8 4v8", (v) => zoom(v, 0.5, clock.now())],
    ["device.earlier", "M10 4L5.5 8l4.5 4z", (v) => pan(v, -0.5, clock.now())],
    ["device.later", "M6 4l4.5 4L6 12z", (v) => pan(v, 0.5, clock.now())],
];

export function ChartTools({ view, step, loading, file, asTable, onTable, onView }: ToolsProps) {
    return (
        <div class="tools">
            <fieldset class="segments">
                <legend class="sr">{t("device.ranges")}</legend>
                {RANGES.map(([key, span]) => (
                    <button
                        key={key}
                        type="button"
                        aria-pressed={Math.abs(view.span - span) < 1000}
                        onClick={() => onView((v) => ({ span, end: v.end }))}
                    >
                        {t(key)}
                    </button>
                ))}
            </fieldset>
            <fieldset class="segments">
                <legend class="sr">{t("device.window")}</legend>
                {MOVES.map(([key, path, move]) => (
                    <button
                        key={key}
                        type="button"
                        aria-label={t(key)}
                        title={t(key)}
                        onClick={() => onView(move)}
                    >
                        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
                            <path class={path.endsWith("z") ? "solid" : "line"} d={path} />
                        </svg>
                    </button>
                ))}
            </fieldset>
            <p class="note wide">
                {loading
                    ? t("device.loading")
                    : step > 0
                      ? t("device.points", { width: formatEvery(step) })
                      : t("device.raw")}
            </p>
            <span class="tools-end">
                <button type="button" class="button quiet" aria-pressed={asTable} onClick={onTable}>
                    {t("device.asTable")}
                </button>
                <a class="button" href={file} download>
                    {t("device.csv")}
                </a>
            </span>
        </div>
    );
}

/** How a series is drawn: its line, or a block where it is a state. */
export function Swatch({ slot, state = false }: { slot: number; state?: boolean }) {
    if (state) return <i class="swatch swatch-state" />;
    return (
        <svg class="swatch" viewBox="0 0 20 4" width="20" height="4" aria-hidden="true">
            <path
                class={`stroke-${(slot % 6) + 1}`}
                d="M0 2h20"
                stroke-dasharray={SERIES_DASH[slot % 6]?.join(" ")}
            />
        </svg>
    );
}

/** The limits that alarms watch, as they are drawn. */
export function LimitLegend({ limits }: { limits: readonly Limit[] }) {
    if (limits.length === 0) return null;
    return (
        <ul class="legend limits">
            {limits.map((limit) => {
                const series = catalogue.byId[limit.id];
                const value = formatNumber(limit.at, Math.max(decimalsFor(limit.id), decimalsOf(limit.at)));
                const unit = series ? unitOf(series) : "";
                return (
                    <li key={`${limit.id}${limit.alarm}`} title={limit.alarm}>
                        <svg class="swatch" viewBox="0 0 20 4" width="20" height="4" aria-hidden="true">
                            <path class="stroke-alarm" d="M0 2h20" stroke-dasharray="4 3" />
                        </svg>
                        {t(limit.kind === "above" ? "device.limitAbove" : "device.limitBelow", {
                            value: unit ? `${value}\u00a0${unit}` : value,
                        })}
                    </li>
                );
            })}
        </ul>
    );
}

export function Legend({ list }: { list: readonly { series: Series; slot: number; name: string }[] }) {
    return (
        <ul class="legend">
            {list.map(({ series, slot, name }) => (
                <li key={series.id}>
                    <Swatch slot={slot} state={isState(series)} />
                    <span>{name}</span>
                    <b>
                        <LiveValue id={series.id} />
                    </b>
                    <span class="unit">{unitOf(series)}</span>
                </li>
            ))}
        </ul>
    );
}

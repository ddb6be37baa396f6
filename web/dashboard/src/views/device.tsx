import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { AlarmRule, Series } from "../../../client/src/index.ts";
import { Brush } from "../chart/brush.tsx";
import { Lanes } from "../chart/lanes.tsx";
import { limitsOf } from "../chart/limits.ts";
import { ChartModel } from "../chart/model.ts";
import type { Line } from "../chart/options.ts";
import { Plot } from "../chart/plot.tsx";
import { gapsOf, markGaps, summarise } from "../chart/track.ts";
import { bounds, LONGEST, pan, SHORTEST, type View, viewOf, zoom } from "../chart/view.ts";
import { t } from "../i18n/t.ts";
import { formatMoment, formatNumber } from "../lib/format.ts";
import { lossesOf } from "../lib/lost.ts";
import { convertValue } from "../lib/units.ts";
import { PHONE, useMedia } from "../lib/window.ts";
import { api, catalogue, catalogueVersion, clock, listen, ready, resumed, table } from "../state/app.ts";
import { compareNatural, deviceLabel, metricLabel, rank } from "../state/catalogue.ts";
import { isState } from "../state/kind.ts";
import { now, pausedAt } from "../state/link.ts";
import { describe, here } from "../state/route.ts";
import { letters } from "../state/settings.ts";
import { conversion, decimalsFor, shownApi, unitOf } from "../state/shown.ts";
import { later, withTexts } from "../ui/lazy.tsx";
import { ChartTools, DeviceHead, Legend, LimitLegend } from "./device_head.tsx";
import { DeviceSide } from "./device_side.tsx";

const DAY = 24 * 3_600_000;
const MOST = 6;
const More = later(async () => (await withTexts(import("./device_more.tsx"))).DeviceMore);
const DeviceTable = later(async () => (await withTexts(import("./device_table.tsx"))).DeviceTable);
const Compare = later(async () => (await withTexts(import("./device_compare.tsx"))).Compare);

/** At first the numbers that share the first one's unit, three at most; where there are none, the states. */
export function firstChoice(list: readonly Series[]): number[] {
    const numbers = list.filter((s) => !isState(s));
    const unit = numbers[0]?.unit;
    const alike = numbers.filter((s) => s.unit === unit).slice(0, 3);
    const states = list
        .filter((s) => isState(s) && (alike.length === 0 || s.type === "boolean"))
        .slice(0, alike.length > 0 ? 1 : 3);
    return [...alike, ...states].map((s) => s.id);
}

function useKeys(act: (change: (view: View) => View) => void, onTable: () => void): void {
    useEffect(() => {
        const onKey = (event: KeyboardEvent) => {
            const target = event.target as HTMLElement;
            if (
                event.ctrlKey ||
                event.metaKey ||
                event.altKey ||
                target.closest("input, select, textarea, details")
            )
                return;
            const letter = /^[a-z]$/i.test(event.key);
            if (letter && letters.peek() === "off") return;
            const at = clock.now();
            const moves: Record<string, (view: View) => View> = {
                ArrowLeft: (v) => pan(v, -0.25, at),
                ArrowRight: (v) => pan(v, 0.25, at),
                "+": (v) => zoom(v, 0.5, at),
                "=": (v) => zoom(v, 0.5, at),
                "-": (v) => zoom(v, 2, at),
                l: (v) => ({ ...v, end: null }),
                L: (v) => ({ ...v, end: null }),
                End: (v) => ({ ...v, end: null }),
                Home: (v) => viewOf(at - DAY, at - DAY + v.span, at),
            };
            if (event.key === "t") return onTable();
            const move = moves[event.key];
            if (!move) return;
            event.preventDefault();
            act(move);
        };
        addEventListener("keydown", onKey);
        return () => removeEventListener("keydown", onKey);
    }, []);
}

/** The width inside an element, as it changes. */
function useRoom(element: { current: HTMLElement | null }): number {
    const [room, setRoom] = useState(320);
    useEffect(() => {
        const host = element.current as HTMLElement;
        const measure = () => {
            const style = getComputedStyle(host);
            setRoom(
                host.clientWidth -
                    Number.parseFloat(style.paddingLeft) -
                    Number.parseFloat(style.paddingRight),
            );
        };
        const size = new ResizeObserver(measure);
        size.observe(host);
        return () => size.disconnect();
    }, [element]);
    return room;
}

function useModel(): ChartModel {
    const model = useMemo(
        () =>
            new ChartModel(
                shownApi,
                () => clock.now(),
                (id) => table.interval[id] ?? 0,
            ),
        [],
    );
    useEffect(() => {
        const unlisten = listen((id, at, v) => {
            if (pausedAt.peek() === null) model.live(id, at, convertValue(v, conversion(id)));
        });
        return () => {
            unlisten();
            model.stop();
        };
    }, [model]);
    return model;
}

/** What the address asks for: which series, how long, and up to when. */
function asked(name: string): string | null {
    const place = here.peek();
    return place.view === "device" ? place.ask.get(name) : null;
}

function askedView(): View {
    const span = Number(asked("span")) || 3_600_000;
    const end = Number(asked("end")) || null;
    return { span: Math.min(LONGEST, Math.max(SHORTEST, span)), end };
}

function askedSeries(): number[] | null {
    const ids = asked("s")?.split(",").map(Number) ?? [];
    const known = ids.filter((id) => catalogue.byId[id]).slice(0, MOST);
    return known.length > 0 ? known : null;
}

function useRules(): AlarmRule[] {
    const [rules, set] = useState<AlarmRule[]>([]);
    useEffect(() => {
        const stop = new AbortController();
        api.alarmRules(stop.signal).then(
            (said) => set(said.rules),
            () => undefined,
        );
        return () => stop.abort();
    }, []);
    return rules;
}

/** A series' name, and whose it is where it is another device's. */
function nameOf(series: Series, device: string): string {
    const name = metricLabel(series.name);
    return series.device === device ? name : `${deviceLabel(series.device)} ${name}`;
}

function DeviceChart({ device, list }: { device: string; list: readonly Series[] }) {
    const model = useModel();
    const phone = useMedia(PHONE);
    const [view, setView] = useState<View>(() => askedView());
    const [chosen, setChosen] = useState<number[]>(() => askedSeries() ?? firstChoice(list));
    const [asTable, setAsTable] = useState(false);
    const rules = useRules();
    const [box, setBox] = useState({ left: 48, width: 800 });
    const lastBox = useRef(box);
    const main = useRef<HTMLDivElement>(null);
    const room = useRoom(main);
    useKeys(
        (change) => setView(change),
        () => setAsTable((on) => !on),
    );
    void model.version.value;
    void now.value;
    void resumed.value;

    const at = pausedAt.value ?? clock.now();
    const [from, to] = bounds(view, at);
    useEffect(() => model.show(chosen, from, to, box.width));
    useEffect(() => model.forget(), [resumed.value]);

    const shown = chosen.flatMap((id) => {
        const series = catalogue.byId[id];
        const track = model.tracks.find((one) => one.id === id);
        return series ? [{ series, track, slot: chosen.indexOf(id) }] : [];
    });
    const numbers = shown.filter(({ series, track }) => (track ? track.state === null : !isState(series)));
    const states = shown.flatMap(({ series, track }) =>
        track?.state ? [{ series, track, losses: lossesOf(model.records, track.id) }] : [],
    );
    const lines: Line[] = numbers.map(({ series, slot }) => ({
        label: nameOf(series, device),
        unit: unitOf(series),
        decimals: decimalsFor(series.id),
        slot,
    }));
    const tracks = numbers.flatMap(({ track }) => (track ? [track] : []));
    const losses = tracks.map((track) => lossesOf(model.records, track.id));
    const whole = tracks.length === lines.length;
    const alone = lines.length === 0;
    const first = tracks[0];
    const summary = first ? summarise(first, from, to) : null;
    const focus = numbers[0]?.series;
    const onView = (a: number, b: number) => setView(viewOf(a, b, clock.now()));
    const onWidth = (left: number, _: number, width: number) => {
        if (Math.abs(lastBox.current.left - left) < 1 && Math.abs(lastBox.current.width - width) < 1) return;
        lastBox.current = { left, width };
        setBox(lastBox.current);
    };
    const toggle = (id: number) =>
        setChosen((ids) =>
            ids.includes(id) ? ids.filter((one) => one !== id) : ids.length < MOST ? [...ids, id] : ids,
        );
    const standard = useMemo(() => firstChoice(list).join(), [device]);
    useEffect(() =>
        describe({
            ...(chosen.join() === standard ? {} : { s: chosen.join() }),
            ...(view.span === 3_600_000 ? {} : { span: String(Math.round(view.span)) }),
            ...(view.end === null ? {} : { end: String(Math.round(view.end)) }),
        }),
    );
    const limits = limitsOf(
        numbers.map(({ series }) => series.id),
        catalogue.byId,
        rules,
    );
    const limitLines = limits.map((limit) => ({
        at: limit.at,
        unit: lines[numbers.findIndex(({ series }) => series.id === limit.id)]?.unit ?? "",
    }));
    const label = t("device.chart", {
        names: lines.map((line) => line.label).join(", "),
        from: formatMoment(from, view.span),
        to: formatMoment(to, view.span),
        summary:
            summary && focus
                ? t("device.summary", {
                      name: metricLabel(focus.name),
                      min: formatNumber(summary.min, lines[0]?.decimals ?? 0),
                      mean: formatNumber(summary.mean, lines[0]?.decimals ?? 0),
                      max: formatNumber(summary.max, lines[0]?.decimals ?? 0),
                  })
                : "",
    });
    const nothing =
        whole &&
        tracks.length > 0 &&
        !model.loading.value &&
        tracks.every((track) => !summarise(track, from, to));
    const long = view.span > DAY || (view.end !== null && at - from > DAY);

    return (
        <div class="device-view">
            <DeviceHead
                device={device}
                list={list}
                view={view}
                from={from}
                to={to}
                onLive={() => setView((v) => ({ ...v, end: null }))}
            />
            <div class="device-main" ref={main}>
                <ChartTools
                    view={view}
                    step={first?.step ?? 0}
                    loading={model.loading.value}
                    file={api.exportLink(chosen, from, to)}
                    asTable={asTable}
                    onTable={() => setAsTable((on) => !on)}
                    onView={setView}
                />
                <div class="legend-line">
                    <Legend
                        list={shown.map(({ series, slot }) => ({
                            series,
                            slot,
                            name: nameOf(series, device),
                        }))}
                    />
                    <LimitLegend limits={limits} />
                </div>
                {model.trouble.value && (
                    <p class="note alarm" role="status">
                        {t("device.failed", { why: model.trouble.value })}
                    </p>
                )}
                {chosen.length === 0 && <p class="empty">{t("device.noneChosen")}</p>}
                {lines.length > 0 && (
                    <div class="plot-box">
                        <Plot
                            lines={lines}
                            tracks={whole ? tracks : []}
                            losses={losses}
                            limits={limitLines}
                            gaps={first ? markGaps(gapsWithEnd(first, at), losses[0] ?? []) : []}
                            from={from}
                            to={to}
                            height={phone ? 300 : chartHeight()}
                            label={label}
                            dim={model.loading.value && tracks.length > 0 && !whole}
                            onView={onView}
                            onWidth={onWidth}
                        />
                        {nothing && (
                            <p class="plot-note">
                                {t("device.nothing", {
                                    from: formatMoment(from, view.span),
                                    to: formatMoment(to, view.span),
                                })}
                            </p>
                        )}
                    </div>
                )}
                {asTable && <DeviceTable.View lines={lines} tracks={tracks} from={from} to={to} />}
                {states.length > 0 && (
                    <Lanes
                        list={states}
                        from={from}
                        to={to}
                        now={at}
                        left={alone ? 0 : box.left}
                        width={alone ? room : box.width}
                        alone={alone}
                    />
                )}
                {focus && (
                    <Brush
                        id={focus.id}
                        span={long ? 7 * DAY : DAY}
                        from={from}
                        to={to}
                        left={box.left}
                        width={box.width}
                        onView={onView}
                    />
                )}
            </div>
            <DeviceSide
                list={list}
                chosen={chosen}
                onToggle={toggle}
                summary={summary}
                focus={focus}
                view={view}
            >
                <Compare.View
                    device={device}
                    chosen={chosen}
                    full={chosen.length >= MOST}
                    unit={lines[0]?.unit ?? ""}
                    onToggle={toggle}
                />
                <More.View
                    device={device}
                    list={list}
                    gaps={first ? gapsOf(first) : []}
                    from={from}
                    to={to}
                />
            </DeviceSide>
        </div>
    );
}

/** As high as the window lets it be, with the long view under it still on screen. */
function chartHeight(): number {
    return Math.max(320, Math.min(720, innerHeight - 372));
}

/** Silence that lasts is a gap as well, up to the present. */
function gapsWithEnd(track: Parameters<typeof gapsOf>[0], at: number) {
    const gaps = gapsOf(track);
    const last = track.t.at(-1);
    const most = 4 * Math.max(track.step, track.interval, 5000);
    if (last !== undefined && at - last - track.step > most) gaps.push([last + track.step, at]);
    return gaps;
}

export function DeviceView() {
    void catalogueVersion.value;
    const place = here.value;
    const device = place.view === "device" ? place.device : "";
    const known = catalogue.byDevice.get(device);
    if (!ready.value) return <p class="empty">{t("empty.waiting")}</p>;
    if (!known) {
        return (
            <p class="empty">
                {t("device.unknown", { name: device })} <a href="#/devices">{t("device.back")}</a>
            </p>
        );
    }
    const list = [...known].sort((a, b) => rank(a) - rank(b) || compareNatural(a.name, b.name));
    return <DeviceChart key={device} device={device} list={list} />;
}

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Series } from "../../../client/src/index.ts";
import { Brush } from "../chart/brush.tsx";
import { Lanes } from "../chart/lanes.tsx";
import { ChartModel } from "../chart/model.ts";
import type { Line } from "../chart/options.ts";
import { Plot } from "../chart/plot.tsx";
import { gapsOf, markGaps, summarise } from "../chart/track.ts";
import { bounds, pan, type View, viewOf, zoom } from "../chart/view.ts";
import { t } from "../i18n/t.ts";
import { formatMoment, formatNumber } from "../lib/format.ts";
import { lossesOf } from "../lib/lost.ts";
import { PHONE, useMedia } from "../lib/window.ts";
import { api, catalogue, catalogueVersion, clock, listen, ready, resumed, table } from "../state/app.ts";
import { compareNatural, metricLabel, rank } from "../state/catalogue.ts";
import { isState } from "../state/kind.ts";
import { now, pausedAt } from "../state/link.ts";
import { ChartTools, DeviceHead, Legend } from "./device_head.tsx";
import { DeviceSide } from "./device_side.tsx";

const DAY = 24 * 3_600_000;

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

function useKeys(act: (change: (view: View) => View) => void): void {
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
            };
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
                api,
                () => clock.now(),
                (id) => table.interval[id] ?? 0,
            ),
        [],
    );
    useEffect(() => {
        const unlisten = listen((id, at, v) => {
            if (pausedAt.peek() === null) model.live(id, at, v);
        });
        return () => {
            unlisten();
            model.stop();
        };
    }, [model]);
    return model;
}

function DeviceChart({ device, list }: { device: string; list: readonly Series[] }) {
    const model = useModel();
    const phone = useMedia(PHONE);
    const [view, setView] = useState<View>({ span: 3_600_000, end: null });
    const [chosen, setChosen] = useState<number[]>(() => firstChoice(list));
    const [box, setBox] = useState({ left: 48, width: 800 });
    const lastBox = useRef(box);
    const main = useRef<HTMLDivElement>(null);
    const room = useRoom(main);
    useKeys((change) => setView(change));
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
        label: metricLabel(series.name),
        unit: series.unit,
        decimals: catalogue.decimals[series.id] ?? 0,
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
            ids.includes(id) ? ids.filter((one) => one !== id) : ids.length < 6 ? [...ids, id] : ids,
        );
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
                    onView={setView}
                />
                <Legend list={shown.map(({ series, slot }) => ({ series, slot }))} />
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
                            gaps={first ? markGaps(gapsWithEnd(first, at), losses[0] ?? []) : []}
                            from={from}
                            to={to}
                            height={phone ? 300 : 480}
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
            />
        </div>
    );
}

/** Silence that lasts is a gap as well, up to the present. */
function gapsWithEnd(track: Parameters<typeof gapsOf>[0], at: number) {
    const gaps = gapsOf(track);
    const last = track.t.at(-1);
    const most = 4 * Math.max(track.step, track.interval, 5000);
    if (last !== undefined && at - last - track.step > most) gaps.push([last + track.step, at]);
    return gaps;
}

export function DeviceView({ device }: { device: string }) {
    void catalogueVersion.value;
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

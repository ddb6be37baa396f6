import { useEffect, useRef, useState } from "preact/hooks";
import type { Series } from "../../../client/src/index.ts";
import { Brush } from "../chart/brush.tsx";
import { Lanes } from "../chart/lanes.tsx";
import { MOST } from "../chart/look.ts";
import { Plot } from "../chart/plot.tsx";
import { gapsOf, markGaps, summarise } from "../chart/track.ts";
import { bounds, type View, viewOf } from "../chart/view.ts";
import { t } from "../i18n/t.ts";
import { formatMoment } from "../lib/format.ts";
import { PHONE, useMedia } from "../lib/window.ts";
import { api, catalogue, catalogueVersion, clock, ready, resumed } from "../state/app.ts";
import { compareNatural, rank } from "../state/catalogue.ts";
import { frozenAt, now, pausedAt } from "../state/link.ts";
import { here } from "../state/route.ts";
import { later } from "../ui/lazy.tsx";
import { useSettled } from "../ui/settled.ts";
import { Compare } from "./device_compare.tsx";
import { chartLabel, drawnOf, gapsWithEnd, isEmpty } from "./device_drawn.ts";
import { ChartTools, DeviceHead, Legend, LimitLegend } from "./device_head.tsx";
import { useKeys, useModel, useRoom, useRules } from "./device_hooks.ts";
import { useLook } from "./device_look.ts";
import { DeviceMore } from "./device_more.tsx";
import { DeviceSide } from "./device_side.tsx";

const DAY = 24 * 3_600_000;
const DeviceTable = later(async () => (await import("./device_table.tsx")).DeviceTable);

/** As high as the window lets it be, with the long view under it still on screen. */
function chartHeight(): number {
    return Math.max(320, Math.min(720, innerHeight - 372));
}

/** Where the plot's own box is, for what stands under it on the same axis; as it changes. */
function useBox() {
    const [box, setBox] = useState({ left: 48, width: 800 });
    const last = useRef(box);
    const tell = (left: number, _: number, width: number) => {
        if (Math.abs(last.current.left - left) < 1 && Math.abs(last.current.width - width) < 1) return;
        last.current = { left, width };
        setBox(last.current);
    };
    return { box, tell };
}

function DeviceChart({ device, list }: { device: string; list: readonly Series[] }) {
    const model = useModel();
    const phone = useMedia(PHONE);
    const [{ view, chosen, asTable }, change] = useLook(device, list);
    const rules = useRules();
    const { box, tell } = useBox();
    const main = useRef<HTMLDivElement>(null);
    const room = useRoom(main);
    const setView = (move: (view: View) => View) => change((look) => ({ view: move(look.view) }));
    const toggleTable = () => change((look) => ({ asTable: !look.asTable }));
    const toggle = (id: number) =>
        change(({ chosen: ids }) => {
            if (ids.includes(id)) return { chosen: ids.filter((one) => one !== id) };
            return ids.length < MOST ? { chosen: [...ids, id] } : {};
        });
    useKeys(setView, toggleTable);
    void model.version.value;
    void now.value;
    void resumed.value;

    const at = pausedAt.value ?? frozenAt.value ?? clock.now();
    const [from, to] = bounds(view, at);
    useEffect(() => model.show([...chosen], from, to, box.width));
    useEffect(() => model.forget(), [resumed.value]);

    const drawn = drawnOf(device, chosen, model, rules ?? []);
    const { lines, tracks, losses, states, whole } = drawn;
    const alone = lines.length === 0;
    const first = tracks[0];
    const summary = first ? summarise(first, from, to) : null;
    const focus = drawn.numbers[0]?.series;
    const onView = (a: number, b: number) => setView(() => viewOf(a, b, clock.now()));
    const there = rules !== null && (tracks.length > 0 || states.length > 0 || model.trouble.value !== "");
    const settled = useSettled(there || chosen.length === 0);
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
                    onTable={toggleTable}
                    onView={setView}
                />
                <div class="legend-line">
                    <Legend list={drawn.shown} />
                    <LimitLegend limits={drawn.limits} />
                </div>
                {model.trouble.value && frozenAt.value === null && (
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
                            limits={drawn.limitLines}
                            gaps={first ? markGaps(gapsWithEnd(first, at), losses[0] ?? []) : []}
                            from={from}
                            to={to}
                            height={phone ? 300 : chartHeight()}
                            label={chartLabel(drawn, from, to, summary)}
                            dim={model.loading.value && tracks.length > 0 && !whole}
                            onView={onView}
                            onWidth={tell}
                        />
                        {!model.loading.value && isEmpty(drawn, from, to) && (
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
                {settled && focus && (
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
            {settled && (
                <DeviceSide
                    list={list}
                    chosen={chosen}
                    onToggle={toggle}
                    summary={summary}
                    focus={focus}
                    view={view}
                >
                    <Compare
                        device={device}
                        chosen={chosen}
                        full={chosen.length >= MOST}
                        unit={lines[0]?.unit ?? ""}
                        onToggle={toggle}
                    />
                    {/* Nothing in it can be done without the gateway. */}
                    <fieldset class="bare" disabled={frozenAt.value !== null}>
                        <DeviceMore
                            device={device}
                            list={list}
                            gaps={first ? gapsOf(first) : []}
                            from={from}
                            to={to}
                        />
                    </fieldset>
                </DeviceSide>
            )}
        </div>
    );
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

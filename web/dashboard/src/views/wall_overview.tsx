import { useComputed } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Series } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatNumber } from "../lib/format.ts";
import { type Cells, cellsOf, pageOf } from "../lib/wall.ts";
import { worstOf } from "../state/alarms.ts";
import { catalogue, catalogueVersion, counts, ready, table } from "../state/app.ts";
import { compareNatural, deviceLabel, isAlarmSeries, metricLabel } from "../state/catalogue.ts";
import { now } from "../state/link.ts";
import { away } from "../state/presence.ts";
import { unitOf } from "../state/shown.ts";
import { EmptyGateway } from "../ui/empty.tsx";
import { Gate } from "../ui/gate.tsx";
import { heardText, LiveValue, Mark, useFreshness } from "../ui/row.tsx";

const TURN_MS = 12_000;

/** What is wrong comes first: unseen alarms, alarms, then what is away, stale and late; the rest by name. */
export function urgency(s: Series, at: number): number {
    const alarm = worstOf.value.get(s.id);
    if (alarm) return alarm.state === "open" ? 0 : 1;
    if (away.value.get(s.device)?.state === "offline") return 2;
    const state = table.freshness(s.id, at);
    return state === 2 ? 3 : state === 1 ? 4 : 5;
}

function WallRow({ series }: { series: Series }) {
    const { id } = series;
    const state = useFreshness(id);
    const alarm = worstOf.value.get(id);
    const unit = unitOf(series);
    const heard = useComputed(() => heardText(id, now.value));
    return (
        <li class={`wall-row is-${state} ${alarm?.state === "open" ? "in-alarm" : ""}`}>
            <Mark series={series} state={state} alarm={alarm} />
            <span class="wall-name">
                <b>{deviceLabel(series.device)}</b> {metricLabel(series.name)}
            </span>
            <span class="wall-value">
                {(state === 1 || state === 2) && <small class="age">{heard} </small>}
                <LiveValue id={id} /> <small>{unit}</small>
            </span>
        </li>
    );
}

/** How many rows fit below the band, as the screen says. */
function useCells(host: { current: HTMLElement | null }, zoom: number): Cells {
    const [cells, set] = useState<Cells>({ rows: 8, columns: 1 });
    useEffect(() => {
        const measure = () => {
            const box = host.current?.getBoundingClientRect();
            if (box) set(cellsOf(box.width / zoom, (innerHeight - box.top) / zoom));
        };
        measure();
        const size = new ResizeObserver(measure);
        size.observe(document.documentElement);
        return () => size.disconnect();
    }, [zoom]);
    return cells;
}

/** The band, and as many values as can be read from afar; all of them in turn. */
export function WallOverview({ zoom }: { zoom: number }) {
    void catalogueVersion.value;
    void counts.value;
    const host = useRef<HTMLUListElement>(null);
    const { rows, columns } = useCells(host, zoom);
    const turn = useComputed(() => Math.floor(now.value / TURN_MS)).value;
    const at = now.peek();
    const list = catalogue.byId
        .filter((s): s is Series => s !== undefined && !isAlarmSeries(s))
        .map((s) => ({ s, by: urgency(s, at) }))
        .sort((a, b) => a.by - b.by || compareNatural(a.s.device, b.s.device) || a.s.id - b.s.id);
    const urgent = list.filter(({ by }) => by < 5).map(({ s }) => s);
    const calm = list.filter(({ by }) => by === 5).map(({ s }) => s);
    const { shown, page, pages } = pageOf(urgent, calm, rows * columns, turn);
    return (
        <>
            <Gate />
            {ready.value && list.length === 0 && <EmptyGateway />}
            <ul
                ref={host}
                class="wall-list"
                style={{
                    gridTemplateRows: `repeat(${Math.max(1, Math.min(rows, Math.ceil(shown.length / columns)))}, 30px)`,
                    gridAutoColumns: `minmax(0, 1fr)`,
                }}
            >
                {ready.value && shown.map((series) => <WallRow key={series.id} series={series} />)}
            </ul>
            <p class="wall-foot">
                {formatNumber(counts.value.devices, 0)} {t("table.devices", { n: counts.value.devices })}
                {pages > 1 && ` · ${t("wall.page", { n: page + 1, all: pages })}`}
            </p>
        </>
    );
}

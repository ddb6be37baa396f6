import { useComputed } from "@preact/signals";
import { t } from "../i18n/t.ts";
import { formatNumber } from "../lib/format.ts";
import { PHONE, useMedia, useWindow } from "../lib/window.ts";
import { catalogue, catalogueVersion, ready } from "../state/app.ts";
import { areaOf, compareNatural, deviceLabel, mainSeries } from "../state/catalogue.ts";
import { deviceState } from "../state/device.ts";
import { items, matchCount } from "../state/filter.ts";
import { now } from "../state/link.ts";
import { useListAddress } from "../state/list_address.ts";
import { deviceLink } from "../state/route.ts";
import { EmptyGateway, NoMatch } from "../ui/empty.tsx";
import { FilterBar } from "../ui/filter.tsx";
import { Glyph } from "../ui/glyph.tsx";
import { heardText } from "../ui/row.tsx";

function DeviceRow({ device, index }: { device: string; index: number }) {
    const list = catalogue.byDevice.get(device) ?? [];
    const state = useComputed(() => deviceState(list, now.value).state).value;
    const heard = useComputed(() => heardText(deviceState(list, now.value).latest, now.value));
    const first = mainSeries(list);
    return (
        <div class={`row device-row is-${state}`} role="row" aria-rowindex={index}>
            <span role="cell" class="c-state">
                <Glyph state={state} />
            </span>
            <span role="rowheader" class="c-name">
                <a class="device" href={deviceLink(device)}>
                    {deviceLabel(device)}
                </a>
                <span class="metric">{first ? areaOf(first.topic, device) : ""}</span>
            </span>
            <span role="cell" class="c-topic">
                <code>{first?.topic}</code>
            </span>
            <span role="cell" class="c-series">
                {t("table.series", { n: formatNumber(list.length, 0), count: list.length })}
            </span>
            <span role="cell" class="c-heard">
                <span class="age">{heard}</span>
            </span>
        </div>
    );
}

function DeviceTable() {
    const phone = useMedia(PHONE);
    const names = new Set<string>();
    for (const item of items.value) if (item.kind === "row") names.add(item.series.device);
    const list = [...names].sort(compareNatural);
    const windowed = list.length > 300;
    const { ref, range } = useWindow(
        list.map(() => (phone ? 53 : 31)),
        windowed,
    );
    return (
        <div
            class="table"
            role="table"
            aria-label={t("nav.devices")}
            aria-rowcount={windowed ? list.length + 1 : undefined}
        >
            <div role="rowgroup">
                <div class="row device-row head" role="row" aria-rowindex={1}>
                    <span role="columnheader" class="c-state">
                        <span class="sr">{t("state.fresh")}</span>
                    </span>
                    <span role="columnheader" class="c-name">
                        {t("table.device")}
                    </span>
                    <span role="columnheader" class="c-topic">
                        {t("table.topic")}
                    </span>
                    <span role="columnheader" class="c-series">
                        {t("table.values")}
                    </span>
                    <span role="columnheader" class="c-heard">
                        {t("table.heard")}
                    </span>
                </div>
            </div>
            <div role="rowgroup" ref={ref}>
                {range.above > 0 && <div role="presentation" style={{ height: `${range.above}px` }} />}
                {list.slice(range.from, range.to).map((device, n) => (
                    <DeviceRow key={device} device={device} index={range.from + n + 2} />
                ))}
                {range.below > 0 && <div role="presentation" style={{ height: `${range.below}px` }} />}
            </div>
        </div>
    );
}

export function Devices() {
    useListAddress();
    void catalogueVersion.value;
    const empty = catalogue.lastId === 0 || !ready.value;
    return (
        <div class="single">
            <h1 class="sr">{t("nav.devices")}</h1>
            {empty ? <EmptyGateway /> : <FilterBar grouped={false} />}
            {!empty && (matchCount.value === 0 ? <NoMatch /> : <DeviceTable />)}
        </div>
    );
}

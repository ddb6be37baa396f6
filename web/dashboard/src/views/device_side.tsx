import type { ComponentChildren } from "preact";
import type { Series } from "../../../client/src/index.ts";
import type { Summary } from "../chart/track.ts";
import type { View } from "../chart/view.ts";
import { t } from "../i18n/t.ts";
import { formatAge, formatMoment, formatNumber } from "../lib/format.ts";
import { metricLabel } from "../state/catalogue.ts";
import { isState } from "../state/kind.ts";
import { decimalsFor, unitOf } from "../state/shown.ts";
import { Block, Fact } from "../ui/block.tsx";
import { Glyph } from "../ui/glyph.tsx";
import { LiveValue, useFreshness } from "../ui/row.tsx";
import { Swatch } from "./device_head.tsx";

const MOST = 6;
const MANY = 14;

function Pick({
    series,
    slot,
    full,
    onToggle,
}: {
    series: Series;
    slot: number;
    full: boolean;
    onToggle: (id: number) => void;
}) {
    const state = useFreshness(series.id);
    const plotted = slot >= 0;
    return (
        <li class={`pick is-${state}`}>
            <button
                type="button"
                aria-pressed={plotted}
                aria-label={t("device.plot", { name: metricLabel(series.name) })}
                disabled={full && !plotted}
                title={full && !plotted ? t("device.six") : series.topic + series.field}
                onClick={() => onToggle(series.id)}
            >
                {plotted ? <Swatch slot={slot} state={isState(series)} /> : <i class="unplotted" />}
                <span class="pick-name">{metricLabel(series.name)}</span>
            </button>
            {state > 0 && <Glyph state={state} />}
            <b>
                <LiveValue id={series.id} />
                {series.unit && `\u00a0${unitOf(series)}`}
            </b>
        </li>
    );
}

function InView({ summary, focus, view }: { summary: Summary; focus: Series; view: View }) {
    const decimals = decimalsFor(focus.id);
    const unit = unitOf(focus);
    const write = (v: number) => `${formatNumber(v, decimals)}${unit ? `\u00a0${unit}` : ""}`;
    const when = (at: number) => formatMoment(at, view.span);
    return (
        <Block title={t("device.inView", { name: metricLabel(focus.name) })}>
            <dl>
                <Fact name={t("device.lowest")}>
                    {write(summary.min)}, {when(summary.minAt)}
                </Fact>
                <Fact name={t("device.mean")}>{write(summary.mean)}</Fact>
                <Fact name={t("device.highest")}>
                    {write(summary.max)}, {when(summary.maxAt)}
                </Fact>
                <Fact name={t("device.samples")}>{formatNumber(summary.samples, 0)}</Fact>
                {summary.gaps > 0 && (
                    <Fact name={t("device.missing")}>
                        {t("device.gaps", {
                            age: formatAge(summary.missing),
                            n: summary.gaps,
                            count: summary.gaps,
                        })}
                    </Fact>
                )}
            </dl>
        </Block>
    );
}

interface SideProps {
    list: readonly Series[];
    chosen: readonly number[];
    onToggle: (id: number) => void;
    summary: Summary | null;
    focus: Series | undefined;
    view: View;
    children: ComponentChildren;
}

export function DeviceSide({ list, chosen, onToggle, summary, focus, view, children }: SideProps) {
    // A device with very many series would push what is in view out of sight.
    const long = list.length > MANY;
    const inView = summary && focus && <InView summary={summary} focus={focus} view={view} />;
    const topics = [...new Set(list.map((s) => s.topic))];
    return (
        <aside class="side">
            {long && inView}
            <Block title={t("device.now")}>
                <ul class="picks">
                    {list.map((s) => (
                        <Pick
                            key={s.id}
                            series={s}
                            slot={chosen.indexOf(s.id)}
                            full={chosen.length >= MOST}
                            onToggle={onToggle}
                        />
                    ))}
                </ul>
            </Block>
            {!long && inView}
            {children}
            <Block title={t("device.topics")}>
                <ul class="topics">
                    {topics.map((topic) => (
                        <li key={topic}>
                            <code>{topic}</code>
                        </li>
                    ))}
                </ul>
            </Block>
        </aside>
    );
}

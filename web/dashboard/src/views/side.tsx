import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { STALE } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import {
    formatAge,
    formatBytes,
    formatMinute,
    formatNumber,
    formatPercent,
    formatRate,
} from "../lib/format.ts";
import { linePath, type Point } from "../lib/path.ts";
import { wearText } from "../lib/wear.ts";
import { catalogue, catalogueVersion, counts, depth, table } from "../state/app.ts";
import { deviceLabel, isAlarmSeries, metricLabel } from "../state/catalogue.ts";
import { gateway, now, welcome } from "../state/link.ts";
import { deviceLink } from "../state/route.ts";
import { RetryButton, reason, worstFirst } from "../ui/gate.tsx";
import { Glyph } from "../ui/glyph.tsx";
import { heardText } from "../ui/row.tsx";

export function Block({ title, children }: { title: string; children: ComponentChildren }) {
    return (
        <section class="block">
            <h2>{title}</h2>
            {children}
        </section>
    );
}

export function Fact({
    name,
    children,
    tone,
}: {
    name: string;
    children: ComponentChildren;
    tone?: string | undefined;
}) {
    return (
        <div class="fact">
            <dt>{name}</dt>
            <dd class={tone}>{children}</dd>
        </div>
    );
}

const WIDTH = 330;
const HEIGHT = 96;
/** A dozen readings in passing are no water worth drawing. */
const LEAST_TOP = 1000;

/** Depth of the buffer over the time this page has been open, and under it when an upstream was down. */
function DepthCurve() {
    void depth.version.value;
    const { t: times, held, down } = depth;
    if (times.length < 2 || gateway.value?.up.length === 0) return null;
    const start = times[0] as number;
    const span = Math.max((times.at(-1) as number) - start, 1);
    const most = Math.max(...held);
    const top = niceCeil(Math.max(most, LEAST_TOP));
    const x = (time: number) => ((time - start) / span) * WIDTH;
    const points: Point[] = times.map((time, n) => [
        x(time),
        HEIGHT - ((held[n] as number) / top) * (HEIGHT - 4),
    ]);
    const line = linePath(points);
    return (
        <Block title={t("side.depth", { time: formatMinute(start) })}>
            <div class="depth">
                <span class="depth-top">{formatNumber(top, 0)}</span>
                <svg
                    viewBox={`0 0 ${WIDTH} ${HEIGHT + 8}`}
                    preserveAspectRatio="none"
                    role="img"
                    aria-label={t("side.depthLabel", {
                        n: formatNumber(held.at(-1) ?? 0, 0),
                        most: formatNumber(most, 0),
                    })}
                >
                    <path class="depth-rule" d={`M0 4H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}`} />
                    <path class="depth-water" d={`${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`} />
                    <path class="depth-line" d={line} />
                    <rect class="lane" y={HEIGHT + 2} width={WIDTH} height="6" />
                    {runs(down).map(([a, b]) => (
                        <rect
                            key={times[a]}
                            class="lane-down"
                            x={x(times[a] as number)}
                            y={HEIGHT + 2}
                            width={Math.max(2, x(times[b] as number) - x(times[a] as number))}
                            height="6"
                        />
                    ))}
                </svg>
                <p class="depth-time">
                    <span>{formatMinute(start)}</span>
                    <span>{formatMinute(start + span)}</span>
                </p>
            </div>
        </Block>
    );
}

/** The next of 1, 2, 5, 10, 20 … at or above n. */
export function niceCeil(n: number): number {
    const power = 10 ** Math.floor(Math.log10(n));
    return ([1, 2, 5, 10].find((m) => m * power >= n) ?? 10) * power;
}

/** First and last index of each run of `true`. */
export function runs(flags: readonly boolean[]): [number, number][] {
    const found: [number, number][] = [];
    flags.forEach((flag, n) => {
        const last = found.at(-1);
        if (!flag) return;
        if (last && last[1] === n - 1) last[1] = n;
        else found.push([n, n]);
    });
    return found;
}

const SHOWN = 6;

function Troubled() {
    void catalogueVersion.value;
    const known = counts.value.devices > 0;
    const list = useMemo(() => {
        const at = now.peek();
        const state = (id: number) => table.freshness(id, at);
        return catalogue.byId
            .filter((s) => s && !isAlarmSeries(s) && (state(s.id) === 1 || state(s.id) === STALE))
            .sort((a, b) => state(b.id) - state(a.id) || (table.heard[a.id] ?? 0) - (table.heard[b.id] ?? 0));
    }, [counts.value, catalogueVersion.value]);
    if (!known) return null;
    return (
        <Block title={t("side.trouble")}>
            {list.length === 0 && <p class="note">{t("side.allFresh")}</p>}
            <ul class="troubled">
                {list.slice(0, SHOWN).map((s) => (
                    <li key={s.id}>
                        <Glyph state={table.freshness(s.id, now.value)} />
                        <a href={deviceLink(s.device)}>
                            <b>{deviceLabel(s.device)}</b> {metricLabel(s.name)}
                        </a>
                        <span class="age">{heardText(s.id, now.value)}</span>
                    </li>
                ))}
            </ul>
            {list.length > SHOWN && (
                <p class="note">{t("side.more", { n: formatNumber(list.length - SHOWN, 0) })}</p>
            )}
        </Block>
    );
}

function Upstreams() {
    const list = gateway.value?.up ?? [];
    if (list.length < 2) return null;
    return (
        <Block title={t("side.upstreams")}>
            <ul class="upstreams">
                {worstFirst(list).map((u) => (
                    <li key={u.id}>
                        <p class={u.up ? "" : "alarm"}>
                            <b>{u.id}</b>
                            <span>
                                {u.up
                                    ? t("gate.up")
                                    : t("gate.down", { age: formatAge(now.value - u.since) })}
                            </span>
                        </p>
                        <p class="note url">{u.url}</p>
                        <p class="note">
                            {u.up ? t("side.perSecond", { n: formatRate(u.rate) }) : reason(u, now.value)},{" "}
                            {t("gate.waiting", { n: formatNumber(u.queued, 0), count: u.queued })}
                        </p>
                        {!u.up && <RetryButton upstream={u} />}
                    </li>
                ))}
            </ul>
        </Block>
    );
}

export function Facts() {
    const g = gateway.value;
    if (!g) return null;
    const brokers = g.brokers ?? [g.broker];
    return (
        <Block title={t("side.gateway")}>
            <dl>
                {brokers.map((broker) => (
                    <Fact
                        key={broker.id}
                        name={brokers.length > 1 ? (broker.id ?? broker.url) : t("side.broker")}
                        tone={broker.up ? undefined : "alarm"}
                    >
                        {broker.up
                            ? t("side.brokerUp", { age: formatAge(now.value - broker.since) })
                            : t("side.brokerDown")}
                    </Fact>
                ))}
                <Fact name={t("side.readings")}>{t("side.perSecond", { n: formatRate(g.rin) })}</Fact>
                <Fact name={t("table.values")}>{formatNumber(g.series, 0)}</Fact>
                <Fact name={t("side.log")}>{formatBytes(g.db.log)}</Fact>
                <Fact name={t("side.history")}>{formatBytes(g.db.history)}</Fact>
                <Fact name={t("side.wear")}>{wearText(g.wear)}</Fact>
                <Fact name={t("side.load")}>
                    {formatPercent(g.cpu / 100)}, {formatBytes(g.rss)}
                </Fact>
                <Fact name={t("side.version")}>{welcome.value?.build ?? ""}</Fact>
            </dl>
        </Block>
    );
}

export function Side() {
    return (
        <aside class="side">
            <DepthCurve />
            <Upstreams />
            <Troubled />
            <Facts />
        </aside>
    );
}

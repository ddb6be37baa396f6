import { useEffect, useMemo, useState } from "preact/hooks";
import { type Rejected, STALE } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { alarmText, arrangeAlarms } from "../lib/alarms.ts";
import { formatAge, formatBytes, formatNumber, formatPercent, formatRate } from "../lib/format.ts";
import { wearText } from "../lib/wear.ts";
import { alarms } from "../state/alarms.ts";
import { api, catalogue, catalogueVersion, counts, table } from "../state/app.ts";
import { deviceLabel, isAlarmSeries, metricLabel } from "../state/catalogue.ts";
import { gateway, now, welcome } from "../state/link.ts";
import { deviceLink } from "../state/route.ts";
import { Block, Fact } from "../ui/block.tsx";
import { DepthPicture } from "../ui/depth.tsx";
import { RetryButton, reason, worstFirst } from "../ui/gate.tsx";
import { AlarmGlyph, Glyph } from "../ui/glyph.tsx";
import { heardText } from "../ui/row.tsx";

function Depth() {
    if (gateway.value?.up.length === 0) return null;
    return (
        <Block title={t("side.depth")}>
            <DepthPicture width={330} height={96} />
        </Block>
    );
}

const MOST_ALARMS = 5;

/** The alarms that nobody has seen yet, and then the rest of those that are on. */
function OpenAlarms() {
    const list = arrangeAlarms(alarms.value ?? []);
    if (list.length === 0) return null;
    const open = gateway.value?.alarms?.open ?? 0;
    return (
        <section class="block">
            <h2 class="with-count">
                <a href="#/alarms">{t("nav.alarms")}</a>
                <span>{t("alarms.open", { n: open })}</span>
            </h2>
            <ul class="side-alarms">
                {list.slice(0, MOST_ALARMS).map((alarm) => (
                    <li key={alarm.id} class={alarm.state === "open" ? "" : "was-seen"}>
                        <AlarmGlyph severity={alarm.severity} />
                        <a href={deviceLink(alarm.device)}>
                            <b>{deviceLabel(alarm.device)}</b> {metricLabel(alarm.name)}
                        </a>
                        <span class="age">{formatAge(now.value - alarm.raised)}</span>
                        <p>{alarmText(alarm)}</p>
                    </li>
                ))}
            </ul>
            {list.length > MOST_ALARMS && (
                <p class="note">
                    <a href="#/alarms">{t("side.more", { n: formatNumber(list.length - MOST_ALARMS, 0) })}</a>
                </p>
            )}
        </section>
    );
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

const LIMITED_EVERY_MS = 30_000;

/** Topics of which a rule lets fewer through than come. */
function Limited() {
    const [limited, set] = useState<Rejected["limited"]>([]);
    useEffect(() => {
        const stop = new AbortController();
        const read = () =>
            api.rejected(stop.signal).then(
                (seen) => set(seen.limited),
                () => undefined,
            );
        void read();
        const timer = setInterval(() => void read(), LIMITED_EVERY_MS);
        return () => {
            clearInterval(timer);
            stop.abort();
        };
    }, []);
    return limited.length === 0 ? null : <LimitedList list={limited.slice(0, SHOWN)} />;
}

export function LimitedList({ list }: { list: Rejected["limited"] }) {
    return (
        <section class="block">
            <h2 class="with-count">
                {t("side.limited")}
                <span>{t("side.limitedSpan")}</span>
            </h2>
            <dl class="limited">
                {list.map(({ topic, dropped }) => (
                    <div class="fact" key={topic}>
                        <dt>
                            <code>{topic}</code>
                        </dt>
                        <dd>{formatNumber(dropped, 0)}</dd>
                    </div>
                ))}
            </dl>
        </section>
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
                {g.clock !== undefined && (
                    <Fact name={t("side.clock")} tone={g.clock ? undefined : "warn"}>
                        {t(g.clock ? "side.clockGood" : "side.clockBad")}
                    </Fact>
                )}
                <Fact name={t("side.version")}>{welcome.value?.build ?? ""}</Fact>
            </dl>
        </Block>
    );
}

export function Side() {
    return (
        <aside class="side">
            <Depth />
            <OpenAlarms />
            <Upstreams />
            <Troubled />
            <Limited />
            <Facts />
        </aside>
    );
}

import { useEffect, useMemo, useState } from "preact/hooks";
import { type Rejected, STALE } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { arrangeAlarms } from "../lib/alarms.ts";
import { formatAge, formatNumber, formatRate } from "../lib/format.ts";
import { alarms } from "../state/alarms.ts";
import { api, catalogue, catalogueVersion, counts, table } from "../state/app.ts";
import { deviceLabel, isAlarmSeries, metricLabel } from "../state/catalogue.ts";
import { gateway, now } from "../state/link.ts";
import { deviceLink } from "../state/route.ts";
import { may } from "../state/session.ts";
import { AlarmValues } from "../ui/alarm_values.tsx";
import { Block } from "../ui/block.tsx";
import { CoursePicture } from "../ui/course.tsx";
import { AlarmGlyph, Glyph } from "../ui/glyph.tsx";
import { heardText } from "../ui/row.tsx";
import { RetryButton, reason, worstFirst } from "../ui/upstream.tsx";
import { Facts, LimitedList } from "./facts.tsx";

function Depth() {
    if (gateway.value?.up.length === 0) return null;
    return (
        <Block title={t("side.depth")}>
            <CoursePicture kind="held" height={96} lane />
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
                        <AlarmValues alarm={alarm} />
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

export function Side() {
    return (
        <aside class="side">
            <Depth />
            <OpenAlarms />
            <Upstreams />
            <Troubled />
            {may("operator") && <Limited />}
            <Facts />
        </aside>
    );
}

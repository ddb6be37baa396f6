import { useEffect, useState } from "preact/hooks";
import type { Alarm, Chosen, SeenMessage, Series, Upstream } from "../../../client/src/index.ts";
import type { Gap } from "../chart/track.ts";
import { type Key, t } from "../i18n/t.ts";
import { alarmText } from "../lib/alarms.ts";
import { type Event, readingsIn, sentUntil } from "../lib/delivery.ts";
import { formatAge, formatMoment, formatNumber } from "../lib/format.ts";
import { alarmRevision, alarms } from "../state/alarms.ts";
import { api } from "../state/app.ts";
import { metricLabel } from "../state/catalogue.ts";
import { gateway, now } from "../state/link.ts";
import { may } from "../state/session.ts";
import { useTimeline } from "../state/timeline.ts";
import { Block, Fact } from "../ui/block.tsx";
import { MessageBox } from "../ui/message.tsx";
import { Control } from "./device_control.tsx";

const COUNT_EVERY_MS = 15_000;
const MOST_SERIES = 64;
const MOST_EVENTS = 8;

/** How many readings of these series came since then. */
function useCountSince(ids: readonly number[], since: number | null): number | null {
    const [n, set] = useState<number | null>(null);
    const key = ids.join();
    // By quarters of a minute: the moment moves on all the time while it is down.
    const turn = since === null ? 0 : Math.floor(now.value / COUNT_EVERY_MS);
    useEffect(() => {
        if (since === null) return set(null);
        const stop = new AbortController();
        api.history(ids.slice(0, MOST_SERIES), since, Date.now() + 60_000, 1000, stop.signal).then(
            (history) => set(readingsIn(history)),
            () => undefined,
        );
        return () => stop.abort();
    }, [key, turn, since === null]);
    return n;
}

function DeliveryTo({ u, ids, alone }: { u: Upstream; ids: readonly number[]; alone: boolean }) {
    const g = gateway.value;
    const since = g ? sentUntil(u, g) : null;
    const waiting = useCountSince(ids, since);
    return (
        <>
            {!alone && <p class="delivery-to">{u.id}</p>}
            <dl>
                <Fact name={t("delivery.until")} tone={u.up ? undefined : "alarm"}>
                    {since === null ? t("delivery.all") : formatMoment(since, now.value - since)}
                </Fact>
                {since !== null && waiting !== null && (
                    <Fact name={t("delivery.waiting")}>
                        {t(u.backlog > 0 ? "delivery.atMost" : "delivery.readings", {
                            n: formatNumber(waiting, 0),
                            count: waiting,
                        })}
                    </Fact>
                )}
                {!u.up && (
                    <Fact name={t("gate.upstream")} tone="alarm">
                        {t("gate.down", { age: formatAge(now.value - u.since) })}
                    </Fact>
                )}
            </dl>
        </>
    );
}

function Delivery({ list }: { list: readonly Series[] }) {
    const up = gateway.value?.up ?? [];
    const ids = list.map((s) => s.id);
    return (
        <Block title={t("delivery.title")}>
            {up.length === 0 && <p class="note">{t("gate.noUpstream")}</p>}
            {up.map((u) => (
                <DeliveryTo key={u.id} u={u} ids={ids} alone={up.length === 1} />
            ))}
        </Block>
    );
}

function alarmEvents(list: readonly Alarm[], device: string): Event[] {
    return list
        .filter((alarm) => alarm.device === device)
        .flatMap((alarm) => {
            const text = `${t("events.raised")}: ${alarmText(alarm)}`;
            const raised = { at: alarm.raised, text, loud: true };
            if (alarm.cleared === null) return [raised];
            return [raised, { at: alarm.cleared, text: t("events.cleared"), loud: false }];
        });
}

interface EventsProps {
    device: string;
    gaps: readonly Gap[];
    from: number;
    to: number;
}

function Events({ device, gaps, from, to }: EventsProps) {
    const [cleared, setCleared] = useState<Alarm[]>([]);
    const outages = useTimeline()?.outages ?? [];
    useEffect(() => {
        const stop = new AbortController();
        api.alarms("history", 200, null, stop.signal).then(
            (page) => setCleared(page.alarms),
            () => undefined,
        );
        return () => stop.abort();
    }, [alarmRevision.value]);
    const events: Event[] = [
        ...alarmEvents([...(alarms.value ?? []), ...cleared], device),
        ...gaps.map(([a, b]) => ({
            at: b,
            text: t("events.resumed", { age: formatAge(b - a) }),
            loud: false,
        })),
        ...outages.flatMap((one) => [
            { at: one.from, text: t("events.lost", { id: one.upstream }), loud: false },
            ...(one.to === null
                ? []
                : [{ at: one.to, text: t("events.back", { id: one.upstream }), loud: false }]),
        ]),
    ];
    const seen = events
        .filter((one) => one.at >= from && one.at <= to)
        .sort((a, b) => b.at - a.at)
        .slice(0, MOST_EVENTS);
    return (
        <Block title={t("events.title")}>
            {seen.length === 0 && <p class="note">{t("events.none")}</p>}
            <ul class="events">
                {seen.map((one) => (
                    <li key={`${one.at}${one.text}`}>
                        <time dateTime={new Date(one.at).toISOString()}>
                            {formatMoment(one.at, Math.max(to - from, 3_600_000))}
                        </time>
                        {one.loud ? <b>{one.text}</b> : <span>{one.text}</span>}
                    </li>
                ))}
            </ul>
        </Block>
    );
}

const MESSAGES_EVERY_MS = 5000;

const CHOSEN: Partial<Record<Chosen, Key>> = {
    rule: "messages.byRule",
    topic: "messages.byTopic",
    discovery: "messages.byDiscovery",
    structure: "messages.byStructure",
    scalar: "messages.byScalar",
    text: "messages.byText",
    post: "messages.byPost",
};

/** Why it was read as it was, and the readings that came of it. */
function Because({ message }: { message: SeenMessage }) {
    const key = CHOSEN[message.chosen ?? ""];
    const made = message.made ?? [];
    if (!key && made.length === 0) return null;
    return (
        <div class="message-because">
            {key && (
                <p class="note">
                    {t(key, { decoder: message.decoder, place: message.rule || t("messages.aRule") })}
                </p>
            )}
            {made.length > 0 && (
                <dl>
                    {made.map((one) => (
                        <Fact key={one.series} name={one.field || metricLabel(one.name)}>
                            {[typeof one.v === "object" ? (one.v?.i ?? "") : String(one.v), one.unit]
                                .join(" ")
                                .trim()}
                        </Fact>
                    ))}
                </dl>
            )}
        </div>
    );
}

/** What the device said last, byte for byte, and what was made of it; read while it is open. */
function Messages({ device }: { device: string }) {
    const [open, setOpen] = useState(false);
    const [list, setList] = useState<SeenMessage[] | null>(null);
    const [trouble, setTrouble] = useState("");
    useEffect(() => {
        if (!open) return;
        const stop = new AbortController();
        const read = () =>
            api.messagesOf(device, stop.signal).then(
                (seen) => {
                    setList(seen.messages);
                    setTrouble("");
                },
                (error: Error) => {
                    if (!stop.signal.aborted) setTrouble(error.message);
                },
            );
        void read();
        const timer = setInterval(() => void read(), MESSAGES_EVERY_MS);
        return () => {
            clearInterval(timer);
            stop.abort();
        };
    }, [open, device]);
    return (
        <Block title={t("messages.title")}>
            <details class="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
                <summary>{t("messages.show")}</summary>
                {trouble && <p class="note alarm">{t("messages.failed", { why: trouble })}</p>}
                {list?.length === 0 && <p class="note">{t("messages.none")}</p>}
                {list?.map((message) => (
                    <div key={message.topic}>
                        <MessageBox message={message} />
                        <Because message={message} />
                    </div>
                ))}
            </details>
        </Block>
    );
}

interface MoreProps extends EventsProps {
    list: readonly Series[];
}

/** What stands beside the chart and need not be there at once. */
export function DeviceMore(props: MoreProps) {
    return (
        <>
            <Delivery list={props.list} />
            <Events {...props} />
            {may("operator") && <Control list={props.list} />}
            <Messages device={props.device} />
        </>
    );
}

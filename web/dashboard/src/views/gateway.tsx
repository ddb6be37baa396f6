import { useEffect, useState } from "preact/hooks";
import type { Books, Outage, Rejected, Upstream } from "../../../client/src/index.ts";
import { type Key, t } from "../i18n/t.ts";
import {
    formatAge,
    formatBytes,
    formatMoment,
    formatNumber,
    formatPercent,
    formatRate,
    reasonAt,
    sentence,
} from "../lib/format.ts";
import { api, resumed } from "../state/app.ts";
import { gateway, now } from "../state/link.ts";
import { useTimeline } from "../state/timeline.ts";
import { Block, Fact } from "../ui/block.tsx";
import { DepthPicture } from "../ui/depth.tsx";
import { RetryButton, reason } from "../ui/gate.tsx";
import { MessageBox } from "../ui/message.tsx";
import { Lost } from "./lost.tsx";
import { Facts, LimitedList } from "./side.tsx";

const EVERY_MS = 10_000;
const LONG = 8 * 24 * 3_600_000;

function Buffer() {
    const g = gateway.value;
    if (!g) return null;
    return (
        <Block title={t("buffer.title")}>
            {g.up.length === 0 ? (
                <p class="note">{t("buffer.none")}</p>
            ) : (
                <dl>
                    <Fact name={t("buffer.held")}>{formatBytes(g.room.held)}</Fact>
                    <Fact name={t("buffer.room")}>{formatBytes(g.room.most)}</Fact>
                    <Fact name={t("buffer.level")}>{formatPercent(g.level)}</Fact>
                    {g.full_in !== null && <Fact name={t("gate.fullIn")}>{formatAge(g.full_in * 1000)}</Fact>}
                </dl>
            )}
        </Block>
    );
}

/** Reads something of the gateway now and then while it is looked at. */
function useReading<T>(read: (stop: AbortSignal) => Promise<T>): T | null {
    const [found, set] = useState<T | null>(null);
    useEffect(() => {
        const stop = new AbortController();
        const look = () => read(stop.signal).then(set, () => undefined);
        void look();
        const timer = setInterval(() => void look(), EVERY_MS);
        return () => {
            clearInterval(timer);
            stop.abort();
        };
    }, [resumed.value]);
    return found;
}

function OutageRow({ one }: { one: Outage }) {
    const age = formatAge((one.to ?? now.value) - one.from);
    return (
        <tr>
            <td class="lost-what">
                <b>{one.upstream}</b>
            </td>
            <td data-name={t("outage.from")}>{formatMoment(one.from, LONG)}</td>
            <td data-name={t("outage.to")} class={one.to === null ? "alarm" : ""}>
                {one.to === null ? t("outage.lasts") : formatMoment(one.to, LONG)}
            </td>
            <td data-name={t("outage.long")}>{age}</td>
            <td data-name={t("lost.why")}>{sentence(one.why)}</td>
        </tr>
    );
}

function Outages() {
    const list = useTimeline()?.outages;
    if (!list || gateway.value?.up.length === 0) return null;
    if (list.length === 0) return <p class="lost-nothing">{t("outage.none")}</p>;
    return (
        <table class="lost">
            <thead>
                <tr>
                    <th scope="col">{t("gate.upstream")}</th>
                    <th scope="col">{t("outage.from")}</th>
                    <th scope="col">{t("outage.to")}</th>
                    <th scope="col">{t("outage.long")}</th>
                    <th scope="col">{t("lost.why")}</th>
                </tr>
            </thead>
            <tbody>
                {list.slice(0, 20).map((one) => (
                    <OutageRow key={`${one.upstream}${one.from}`} one={one} />
                ))}
            </tbody>
        </table>
    );
}

const HELD_BY: Record<string, Key> = {
    records: "lane.records",
    bytes: "lane.bytes",
    hour: "lane.hour",
    day: "lane.day",
};

/** What goes at once, and the backlog behind it, as two bars against the longer of them. */
function Lanes({ u }: { u: Upstream }) {
    const fresh = Math.max(0, u.queued - u.backlog);
    const most = Math.max(fresh, u.backlog, 1);
    const held = u.held_by ? HELD_BY[u.held_by] : undefined;
    const left = u.eta === null ? "" : t("lane.left", { age: formatAge(u.eta * 1000) });
    return (
        <dl class="lane-list">
            {(
                [
                    ["lane.fresh", fresh, ""],
                    ["lane.backlog", u.backlog, held ? t(held) : left],
                ] as const
            ).map(([key, n, note]) => (
                <div class="lane-row" key={key}>
                    <dt>{t(key)}</dt>
                    <dd>
                        <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                            <rect class="lane" width="100" height="8" />
                            <rect class="lane-full" width={(n / most) * 100} height="8" />
                        </svg>
                        <b>{formatNumber(n, 0)}</b> <span class="note">{note}</span>
                    </dd>
                </div>
            ))}
        </dl>
    );
}

function UpstreamRow({ u }: { u: Upstream }) {
    return (
        <li class="upstream-row">
            <p class="upstream-head">
                <b>{u.id}</b>
                <span class={u.up ? "" : "alarm"}>
                    {u.up
                        ? t("gate.connected", { age: formatAge(now.value - u.since) })
                        : t("gate.down", { age: formatAge(now.value - u.since) })}
                </span>
                <span class="note url">{u.url}</span>
            </p>
            {!u.up && (
                <p class="note">
                    {reason(u, now.value)} <RetryButton upstream={u} />
                </p>
            )}
            {u.alarm && <p class="note alarm">{t("lane.alarm", { why: u.alarm.replaceAll("_", " ") })}</p>}
            <Lanes u={u} />
            <p class="note">
                {[
                    t("lane.rate", { n: formatRate(u.rate) }),
                    t("lane.delivered", { n: formatNumber(u.delivered, 0) }),
                    u.oldest > 0 ? t("lane.oldest", { age: formatAge(u.oldest * 1000) }) : "",
                    (u.unacked ?? 0) > 2
                        ? t("lane.unacked", { age: formatAge((u.unacked ?? 0) * 1000) })
                        : "",
                    (u.dead ?? 0) > 0 ? t("lane.dead", { n: formatNumber(u.dead ?? 0, 0) }) : "",
                ]
                    .filter(Boolean)
                    .join(" · ")}
            </p>
        </li>
    );
}

function Upstreams() {
    const list = gateway.value?.up ?? [];
    return (
        <section aria-labelledby="upstreams-title">
            <h2 id="upstreams-title">{t("side.upstreams")}</h2>
            {list.length === 0 && <p class="lost-nothing">{t("gate.noUpstream")}</p>}
            <ul class="upstream-list">
                {list.map((u) => (
                    <UpstreamRow key={u.id} u={u} />
                ))}
            </ul>
        </section>
    );
}

type Counts = Record<string, number>;
const sum = (counts: Counts): number => Object.values(counts).reduce((a, b) => a + b, 0);
const reasons = (counts: Counts): string =>
    Object.entries(counts)
        .filter(([, n]) => n > 0)
        .map(([name, n]) => `${name.replaceAll("_", " ")} ${formatNumber(n, 0)}`)
        .join(", ");

/** One account: what it is, its parts, and that they make the whole. */
function Account({ name, whole, parts }: { name: string; whole: number; parts: [string, number, string][] }) {
    const rest = whole - parts.reduce((total, [, n]) => total + n, 0);
    return (
        <tbody>
            <tr class="books-whole">
                <th scope="row">{name}</th>
                <td>{formatNumber(whole, 0)}</td>
                <td class={rest === 0 ? "" : "alarm"}>
                    {rest === 0 ? t("books.right") : t("books.wrong", { n: formatNumber(rest, 0) })}
                </td>
            </tr>
            {parts.map(([part, n, note]) => (
                <tr key={part}>
                    <th scope="row">{part}</th>
                    <td>{formatNumber(n, 0)}</td>
                    <td class="note">{note}</td>
                </tr>
            ))}
        </tbody>
    );
}

function BooksTable({ books }: { books: Books }) {
    const { messages: m, readings: r, upstreams } = books;
    return (
        <table class="books">
            <Account
                name={t("books.messages")}
                whole={m.received}
                parts={[
                    [t("books.stored"), m.stored, ""],
                    [t("books.rejected"), sum(m.rejected), reasons(m.rejected)],
                ]}
            />
            <Account
                name={t("books.readings")}
                whole={r.read}
                parts={[
                    [t("books.stored"), r.stored, ""],
                    [t("books.summarised"), r.summarised, ""],
                    [t("books.suppressed"), sum(r.suppressed), reasons(r.suppressed)],
                ]}
            />
            {upstreams.map((u) => (
                <Account
                    key={u.id}
                    name={t("books.upstream", { id: u.id })}
                    whole={u.stored}
                    parts={[
                        [t("books.delivered"), u.delivered, ""],
                        [t("books.queued"), u.queued, ""],
                        [t("books.discarded"), sum(u.discarded), reasons(u.discarded)],
                    ]}
                />
            ))}
        </table>
    );
}

function RejectedList({ seen }: { seen: Rejected }) {
    if (seen.messages.length === 0) return <p class="lost-nothing">{t("rejected.none")}</p>;
    return (
        <>
            {seen.messages.slice(0, 20).map((message, n) => (
                <MessageBox key={`${message.at}${message.topic}${n}`} message={message} />
            ))}
        </>
    );
}

function Brokers() {
    const g = gateway.value;
    const brokers = g?.brokers ?? (g ? [g.broker] : []);
    return (
        <Block title={t("side.brokers")}>
            {brokers.map((one) => (
                <div key={one.id} class="broker">
                    <p class={one.up ? "" : "alarm"}>
                        <b>{one.id ?? t("side.broker")}</b>{" "}
                        {one.up
                            ? t("side.brokerUp", { age: formatAge(now.value - one.since) })
                            : t("gate.down", { age: formatAge(now.value - one.since) })}
                    </p>
                    <p class="note url">{one.url}</p>
                    {one.why && <p class="note alarm">{sentence(reasonAt(one.why, one.url))}</p>}
                    {(one.connects ?? 0) > 1 && (
                        <p class="note">
                            {t("side.reconnects", { n: formatNumber((one.connects ?? 1) - 1, 0) })}
                        </p>
                    )}
                </div>
            ))}
        </Block>
    );
}

function Pressure() {
    const load = gateway.value?.load;
    if (!load || load.level === 0) return null;
    return (
        <Block title={t("load.title")}>
            <p class="warn">{t("load.level", { level: load.level, why: load.why })}</p>
        </Block>
    );
}

export function GatewayPage() {
    const books = useReading((stop) => api.books(stop));
    const rejected = useReading((stop) => api.rejected(stop));
    const held = gateway.value?.up.length !== 0;
    return (
        <div class="columns">
            <div class="main-column gateway-page">
                <h1>{t("nav.gateway")}</h1>
                <section aria-labelledby="outages-title">
                    <h2 id="outages-title">{t(held ? "side.depth" : "outage.title")}</h2>
                    {held ? (
                        <DepthPicture width={900} height={140} />
                    ) : (
                        <p class="lost-nothing">{t("buffer.none")}</p>
                    )}
                    <Outages />
                </section>
                <Upstreams />
                <section aria-labelledby="books-title">
                    <h2 id="books-title">{t("books.title")}</h2>
                    {books && <BooksTable books={books} />}
                </section>
                <Lost />
                <section aria-labelledby="rejected-title">
                    <h2 id="rejected-title">{t("rejected.title")}</h2>
                    {rejected && <RejectedList seen={rejected} />}
                </section>
            </div>
            <aside class="side">
                <Buffer />
                <Pressure />
                <Brokers />
                {rejected && rejected.limited.length > 0 && <LimitedList list={rejected.limited} />}
                <Facts />
            </aside>
        </div>
    );
}

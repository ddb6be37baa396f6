import type { Outage, Upstream } from "../../../client/src/index.ts";
import { type Key, t } from "../i18n/t.ts";
import { formatAge, formatMoment, formatNumber, formatRate, reasonAt, sentence } from "../lib/format.ts";
import { gateway, now } from "../state/link.ts";
import { useTimeline } from "../state/timeline.ts";
import { RetryButton, reason } from "../ui/upstream.tsx";

const LONG = 8 * 24 * 3_600_000;

function urlOf(upstream: string): string {
    return gateway.value?.up.find((u) => u.id === upstream)?.url ?? "";
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
            <td data-name={t("lost.why")}>{sentence(reasonAt(one.why, urlOf(one.upstream)))}</td>
        </tr>
    );
}

export function Outages() {
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

export function Upstreams() {
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

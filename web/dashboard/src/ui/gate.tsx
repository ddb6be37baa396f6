import { useEffect, useState } from "preact/hooks";
import type { Gateway, Upstream } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import {
    formatAge,
    formatAgeCoarse,
    formatNumber,
    formatPercent,
    formatRate,
    reasonAt,
    sentence,
} from "../lib/format.ts";
import { linePath } from "../lib/path.ts";
import { api, counts, depth } from "../state/app.ts";
import { gateway, now } from "../state/link.ts";
import { may } from "../state/session.ts";

/** Less than this a second (0.05 % in 10 min) counts as standing still. */
const STEADY = 0.0005 / 600;

/** The upstream that matters most: down before up, then the longest queue. */
export function worstFirst(list: readonly Upstream[]): Upstream[] {
    return [...list].sort((a, b) => Number(a.up) - Number(b.up) || b.queued - a.queued);
}

export function trendWords(slope: number | null): { long: string; short: string } {
    if (slope === null) return { long: "", short: "" };
    if (Math.abs(slope) < STEADY) return { long: t("gate.steady"), short: t("gate.steady") };
    const by = formatPercent(Math.abs(slope) * 600);
    if (slope > 0) return { long: t("gate.risingBy", { by }), short: t("gate.rising") };
    return { long: t("gate.fallingBy", { by }), short: t("gate.falling") };
}

function Arriving({ g }: { g: Gateway }) {
    void depth.version.value;
    const rates = depth.rate.slice(-90);
    const { devices, reporting } = counts.value;
    const most = Math.max(...rates, 1);
    return (
        <section class="bank arriving">
            <h2>{t("gate.arriving")}</h2>
            <p class="big">
                {formatRate(g.in)} <small>{t("gate.perSecond")}</small>
            </p>
            <p class={`note wide ${g.broker.up ? "" : "alarm"}`}>
                {g.broker.up
                    ? t("gate.reporting", { n: formatNumber(reporting, 0), all: formatNumber(devices, 0) })
                    : t("gate.noBroker", { age: formatAge(now.value - g.broker.since) })}
            </p>
            <svg class="rates" viewBox="0 0 150 28" preserveAspectRatio="none" aria-hidden="true">
                <path
                    class="spark-line"
                    d={linePath(
                        rates.map((r, n) => [
                            150 - (rates.length - 1 - n) * (150 / 89),
                            26 - (r / most) * 24,
                        ]),
                    )}
                />
            </svg>
        </section>
    );
}

function heldNote(g: Gateway): string {
    const lost =
        g.lost > 0 ? t("gate.lost", { n: formatNumber(g.lost, 0), count: g.lost }) : t("gate.nothingLost");
    if (g.up.length === 0) return t("gate.keptHere");
    if (g.held === 0) return `${t("gate.nothingHeld")} ${lost}`;
    return g.oldest > 0 ? `${t("gate.oldest", { age: formatAge(g.oldest * 1000) })} ${lost}` : lost;
}

function Chamber({ g }: { g: Gateway }) {
    void depth.version.value;
    const trend = trendWords(depth.slope());
    const level = Math.max(0, Math.min(1, g.level));
    // An upstream that keeps step lets the level rise and fall by a little all the time: no cause for alarm.
    const filling = g.full_in !== null && (g.up.some((u) => !u.up) || level >= 0.01);
    const shown = level > 0 ? `max(3px, ${(level * 100).toFixed(2)}%)` : "0";
    return (
        <section class={`chamber ${level >= 0.8 ? "is-high" : ""}`}>
            <div class="water" style={{ height: shown }} />
            <div class="ticks" aria-hidden="true">
                <i />
                <i />
                <i />
            </div>
            <div class="held">
                <h2>
                    <span class="wide">{t("gate.held")}</span>
                    <span class="narrow">{t("gate.heldShort")}</span>
                </h2>
                <p class="big">
                    {formatNumber(g.held, 0)} <small class="wide">{t("gate.readings", { n: g.held })}</small>
                </p>
                <p class="note wide">{heldNote(g)}</p>
                <p class="note narrow">{[formatPercent(level), trend.short].filter(Boolean).join(", ")}</p>
                {filling && (
                    <p class="note narrow">
                        {t("gate.fullInShort", { age: formatAge((g.full_in ?? 0) * 1000) })}
                    </p>
                )}
                {g.lost > 0 && (
                    <p class="note narrow alarm">
                        {t("gate.lost", { n: formatNumber(g.lost, 0), count: g.lost })}
                    </p>
                )}
            </div>
            {filling && (
                <div class="full">
                    <h2>{t("gate.fullIn")}</h2>
                    <p class="big">{formatAge((g.full_in ?? 0) * 1000)}</p>
                    <p class="note wide">{t("gate.atRate")}</p>
                </div>
            )}
            {g.up.length > 0 && (
                <p class="level wide">
                    {[t("gate.level", { level: formatPercent(level) }), trend.long]
                        .filter(Boolean)
                        .join(", ")}
                </p>
            )}
        </section>
    );
}

export function RetryButton({ upstream, since }: { upstream: Upstream; since?: number }) {
    const [state, setState] = useState<"idle" | "asked" | string>("idle");
    // Asked: until the gateway tells of another attempt, or of success.
    useEffect(() => setState("idle"), [upstream.id, upstream.try, upstream.up, since]);
    const retry = async () => {
        setState("asked");
        try {
            await api.retryUpstream(upstream.id);
        } catch (error) {
            setState((error as Error).message);
        }
    };
    const failed = state !== "idle" && state !== "asked";
    if (!may("operator")) return null;
    return (
        <>
            <button
                type="button"
                class="button"
                disabled={state === "asked"}
                aria-label={t("gate.retryLabel", { id: upstream.id })}
                onClick={retry}
            >
                {t(state === "asked" ? "gate.retrying" : "gate.retry")}
            </button>
            {failed && <p class="note alarm">{t("gate.retryFailed", { why: state })}</p>}
        </>
    );
}

/** Why it is down, how often it was tried, when it is tried next. */
export function reason(u: Upstream, at: number): string {
    const wait = u.next - at;
    const next = wait > 1000 ? t("gate.nextTry", { age: formatAge(wait) }) : t("gate.tryingNow");
    const why = u.why ? `${sentence(reasonAt(u.why, u.url))}. ` : "";
    return `${why}${t("gate.attempt", { n: formatNumber(u.try, 0) })}, ${next}`;
}

function Down({ u }: { u: Upstream }) {
    return (
        <>
            <p class="big alarm wide">{t("gate.down", { age: formatAgeCoarse(now.value - u.since) })}</p>
            <p class="big alarm narrow">{t("gate.downShort")}</p>
            <p class="note narrow">{formatAge(now.value - u.since)}</p>
            <p class="note url wide">{u.url}</p>
            <p class="note wide">{reason(u, now.value)}</p>
            <div class="wide">
                <RetryButton upstream={u} />
            </div>
        </>
    );
}

/** What an upstream that is up still has to catch up with, if anything. */
function progress(u: Upstream): string {
    if (u.backlog > 0) {
        const n = formatNumber(u.backlog, 0);
        if (u.eta === null) return t("gate.backlog", { n });
        return t("gate.backlogFor", { n, age: formatAge(u.eta * 1000) });
    }
    return u.oldest >= 3 ? t("gate.behind", { age: formatAge(u.oldest * 1000) }) : t("gate.inStep");
}

function Up({ u }: { u: Upstream }) {
    return (
        <>
            <p class="big">
                {formatRate(u.rate)} <small>{t("gate.sent")}</small>
            </p>
            <p class="note">{progress(u)}</p>
            <p class="note url wide">{u.url}</p>
            <p class="note wide">{t("gate.connected", { age: formatAge(now.value - u.since) })}</p>
        </>
    );
}

/** On a phone the reason and the button stand under the band, where there is room. */
function DownStrip({ u }: { u: Upstream }) {
    return (
        <section class="down-strip narrow">
            <p class="note">
                <span class="url">{u.url}</span> {reason(u, now.value)}
            </p>
            <RetryButton upstream={u} />
        </section>
    );
}

function Others({ list }: { list: readonly Upstream[] }) {
    return (
        <ul class="others">
            {list.map((u) => (
                <li key={u.id} class={u.up ? "" : "alarm"}>
                    <b>{u.id}</b>{" "}
                    {u.up ? t("gate.up") : t("gate.down", { age: formatAge(now.value - u.since) })},{" "}
                    {t("gate.waiting", { n: formatNumber(u.queued, 0), count: u.queued })}
                </li>
            ))}
        </ul>
    );
}

/** The signature of the page: what arrives, what is held and how high it stands, and whether it can leave. */
export function Gate() {
    const g = gateway.value;
    if (!g) return <section class="gate is-empty" aria-hidden="true" />;
    const [worst, ...others] = worstFirst(g.up);
    const kind = !worst ? "none" : worst.up ? "open" : "shut";
    return (
        <>
            <section class={`gate is-${kind}`} aria-label={t("gate.label")}>
                <Arriving g={g} />
                <Chamber g={g} />
                <section class="bank upstream">
                    <h2>
                        {t("gate.upstream")}
                        {others.length > 0 && worst && <span class="which"> {worst.id}</span>}
                    </h2>
                    {!worst && <p class="big">{t("gate.none")}</p>}
                    {!worst && <p class="note wide">{t("gate.noUpstream")}</p>}
                    {worst && (worst.up ? <Up u={worst} /> : <Down u={worst} />)}
                    {others.length > 0 && (
                        <div class="wide">
                            <Others list={others} />
                        </div>
                    )}
                </section>
            </section>
            {worst && !worst.up && <DownStrip u={worst} />}
        </>
    );
}

import type { Gateway, Upstream } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatAge, formatAgeCoarse, formatNumber, formatPercent, formatRate } from "../lib/format.ts";
import { fullIn } from "../lib/full.ts";
import { linePath } from "../lib/path.ts";
import { counts, depth } from "../state/app.ts";
import { gateway, now } from "../state/link.ts";
import { piecesOf, useCourse } from "./course.tsx";
import { RetryButton, tries, whyDown, worstFirst } from "./upstream.tsx";

/** Less than this a second (0.05 % in 10 min) counts as standing still. */
const STEADY = 0.0005 / 600;

export function trendWords(slope: number | null): { long: string; short: string } {
    if (slope === null) return { long: "", short: "" };
    if (Math.abs(slope) < STEADY) return { long: t("gate.steady"), short: t("gate.steady") };
    const by = formatPercent(Math.abs(slope) * 600);
    if (slope > 0) return { long: t("gate.risingBy", { by }), short: t("gate.rising") };
    return { long: t("gate.fallingBy", { by }), short: t("gate.falling") };
}

const HOUR = 3_600_000;

/** What arrived in the last hour, minute by minute; a line along the bottom where that is not known. */
function ArrivingPicture() {
    const { course, end } = useCourse();
    const pieces = piecesOf(course, "in", end - HOUR, end);
    const most = Math.max(1, ...pieces.flat().map(([, rate]) => rate));
    const x = (at: number) => 150 * (1 - (end - at) / HOUR);
    return (
        <svg
            class="rates"
            viewBox="0 0 150 28"
            preserveAspectRatio="none"
            role="img"
            aria-label={t("gate.hour")}
        >
            <title>{t("gate.hour")}</title>
            <path class="rates-axis" d="M0 27.5H150" />
            {pieces.map((piece) => (
                <path
                    key={piece[0]?.[0]}
                    class="spark-line"
                    d={linePath(piece.map(([at, rate]) => [x(at), 26 - (rate / most) * 24]))}
                />
            ))}
        </svg>
    );
}

function Arriving({ g }: { g: Gateway }) {
    const { devices, reporting } = counts.value;
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
            <ArrivingPicture />
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
    const full = g.up.some((u) => !u.up) || level >= 0.01 ? fullIn(g.full_in) : null;
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
                {full && <p class="note narrow">{t("gate.fullInShort", { age: full })}</p>}
                {g.lost > 0 && (
                    <p class="note narrow alarm">
                        {t("gate.lost", { n: formatNumber(g.lost, 0), count: g.lost })}
                    </p>
                )}
            </div>
            {full && (
                <div class="full">
                    <h2>{t("gate.fullIn")}</h2>
                    <p class="big">{full}</p>
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

function Down({ u }: { u: Upstream }) {
    return (
        <>
            <p class="big alarm wide">{t("gate.down", { age: formatAgeCoarse(now.value - u.since) })}</p>
            <p class="big alarm narrow">{t("gate.downShort")}</p>
            <p class="note narrow">{formatAge(now.value - u.since)}</p>
            <p class="note url wide">{u.url}</p>
            <p class="note wide reason" title={whyDown(u)}>
                {whyDown(u)}
            </p>
            <div class="wide retry">
                <RetryButton upstream={u} />
                <small>{tries(u, now.value)}</small>
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

/** On a phone this stands under the band, where there is room: as high whether it is up or down. */
function Strip({ u }: { u: Upstream }) {
    return (
        <section class="strip narrow">
            <p class="note">
                <span class="one-line">{u.up ? u.url : whyDown(u)}</span>
                <span class="one-line">
                    {u.up
                        ? t("gate.connected", { age: formatAge(now.value - u.since) })
                        : tries(u, now.value)}
                </span>
            </p>
            {!u.up && <RetryButton upstream={u} />}
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
            {worst && <Strip u={worst} />}
        </>
    );
}

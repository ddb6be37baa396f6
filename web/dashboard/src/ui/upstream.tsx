import { useEffect, useState } from "preact/hooks";
import type { Upstream } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatAge, formatNumber, reasonAt, sentence } from "../lib/format.ts";
import { api } from "../state/app.ts";
import { frozenAt } from "../state/link.ts";
import { may } from "../state/session.ts";

/** The upstream that matters most: down before up, then the longest queue. */
export function worstFirst(list: readonly Upstream[]): Upstream[] {
    return [...list].sort((a, b) => Number(a.up) - Number(b.up) || b.queued - a.queued);
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
                disabled={state === "asked" || frozenAt.value !== null}
                aria-label={t("gate.retryLabel", { id: upstream.id })}
                onClick={retry}
            >
                {t(state === "asked" ? "gate.retrying" : "gate.retry")}
            </button>
            {failed && <p class="note alarm">{t("gate.retryFailed", { why: state })}</p>}
        </>
    );
}

/** Why it is down, as it said last. */
export function whyDown(u: Upstream): string {
    return u.why ? `${sentence(reasonAt(u.why, u.url))}.` : "";
}

/** How often it was tried, when it is tried next. */
export function tries(u: Upstream, at: number): string {
    const wait = u.next - at;
    const next = wait > 1000 ? t("gate.nextTry", { age: formatAge(wait) }) : t("gate.tryingNow");
    return `${t("gate.attempt", { n: formatNumber(u.try, 0) })}, ${next}`;
}

export function reason(u: Upstream, at: number): string {
    return [whyDown(u), tries(u, at)].filter(Boolean).join(" ");
}

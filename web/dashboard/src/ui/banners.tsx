import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { formatEvery, formatMinute, reasonAt, sentence } from "../lib/format.ts";
import { ASKED_RATE_MS, catalogueTrouble, gateway, newBuild, now, welcome } from "../state/link.ts";
import { WarnIcon } from "./glyph.tsx";

function Banner({
    tone,
    head,
    children,
}: {
    tone: "warn" | "alarm";
    head: string;
    children: ComponentChildren;
}) {
    return (
        <div class={`banner ${tone}`} role="status">
            <WarnIcon />
            <p>
                <b>{head}</b> {children}
            </p>
        </div>
    );
}

/** Under pressure the gateway sends less often, so that it can go on storing: what that means, and since when. */
function Busy() {
    const [since, setSince] = useState(0);
    const load = gateway.value?.load;
    const given = (welcome.value?.rate ?? ASKED_RATE_MS) * (load?.stretch ?? 1);
    const busy = given > ASKED_RATE_MS;
    useEffect(() => setSince(busy ? now.peek() : 0), [busy]);
    if (!busy) return null;
    return (
        <Banner tone="warn" head={t("banner.busy")}>
            {t("banner.busyText", { rate: formatEvery(given), asked: formatEvery(ASKED_RATE_MS) })}{" "}
            {since > 0 && t("banner.busySince", { time: formatMinute(since) })}
        </Banner>
    );
}

/** What is wrong with the gateway itself, said plainly, for as long as it lasts. */
export function Banners() {
    const g = gateway.value;
    return (
        <>
            {g?.trouble && (
                <Banner tone="alarm" head={t("banner.trouble")}>
                    {g.trouble}
                </Banner>
            )}
            {(g ? (g.brokers ?? [g.broker]) : [])
                .filter((broker) => !broker.up)
                .map((broker) => (
                    <Banner key={broker.id} tone="alarm" head={t("banner.broker")}>
                        {t("banner.brokerText", {
                            url: broker.url,
                            time: formatMinute(broker.since),
                            why: reasonAt(broker.why, broker.url) || "…",
                        })}
                    </Banner>
                ))}
            {newBuild.value && (
                <Banner tone="warn" head={t("link.newer")}>
                    <button type="button" class="link-button" onClick={() => location.reload()}>
                        {t("link.reload")}
                    </button>
                </Banner>
            )}
            <Busy />
            {catalogueTrouble.value && (
                <Banner tone="warn" head={t("banner.catalogue", { why: sentence(catalogueTrouble.value) })}>
                    {""}
                </Banner>
            )}
        </>
    );
}

import type { ComponentChildren } from "preact";
import { t } from "../i18n/t.ts";
import { formatEvery, formatMinute, reasonAt, sentence } from "../lib/format.ts";
import { ASKED_RATE_MS, catalogueTrouble, gateway, newBuild, welcome } from "../state/link.ts";
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

/** What is wrong with the gateway itself, said plainly, for as long as it lasts. */
export function Banners() {
    const g = gateway.value;
    const w = welcome.value;
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
            {w && w.rate > ASKED_RATE_MS && (
                <Banner tone="warn" head={t("banner.busy")}>
                    {t("banner.busyText", { rate: formatEvery(w.rate), asked: formatEvery(ASKED_RATE_MS) })}
                </Banner>
            )}
            {catalogueTrouble.value && (
                <Banner tone="warn" head={t("banner.catalogue", { why: sentence(catalogueTrouble.value) })}>
                    {""}
                </Banner>
            )}
        </>
    );
}

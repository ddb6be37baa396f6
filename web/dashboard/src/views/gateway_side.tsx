import { t } from "../i18n/t.ts";
import { formatAge, formatBytes, formatNumber, formatPercent, reasonAt, sentence } from "../lib/format.ts";
import { fullIn } from "../lib/full.ts";
import { gateway, now } from "../state/link.ts";
import { Block, Fact } from "../ui/block.tsx";

export function Buffer() {
    const g = gateway.value;
    if (!g) return null;
    const full = fullIn(g.full_in);
    return (
        <Block title={t("buffer.title")}>
            {g.up.length === 0 ? (
                <p class="note">{t("buffer.none")}</p>
            ) : (
                <dl>
                    <Fact name={t("buffer.held")}>{formatBytes(g.room.held)}</Fact>
                    <Fact name={t("buffer.room")}>{formatBytes(g.room.most)}</Fact>
                    <Fact name={t("buffer.level")}>{formatPercent(g.level)}</Fact>
                    {full && <Fact name={t("gate.fullIn")}>{full}</Fact>}
                </dl>
            )}
        </Block>
    );
}

export function Brokers() {
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

export function Pressure() {
    const load = gateway.value?.load;
    if (!load || load.level === 0) return null;
    return (
        <Block title={t("load.title")}>
            <p class="warn">{t("load.level", { level: load.level, why: load.why })}</p>
        </Block>
    );
}

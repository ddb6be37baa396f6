import type { Rejected } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatAge, formatBytes, formatNumber, formatPercent, formatRate } from "../lib/format.ts";
import { wearText } from "../lib/wear.ts";
import { gateway, now, welcome } from "../state/link.ts";
import { Block, Fact } from "../ui/block.tsx";

export function LimitedList({ list }: { list: Rejected["limited"] }) {
    return (
        <section class="block">
            <h2 class="with-count">
                {t("side.limited")}
                <span>{t("side.limitedSpan")}</span>
            </h2>
            <dl class="limited">
                {list.map(({ topic, dropped }) => (
                    <div class="fact" key={topic}>
                        <dt>
                            <code>{topic}</code>
                        </dt>
                        <dd>{formatNumber(dropped, 0)}</dd>
                    </div>
                ))}
            </dl>
        </section>
    );
}

export function Facts() {
    const g = gateway.value;
    if (!g) return null;
    const brokers = g.brokers ?? [g.broker];
    return (
        <Block title={t("side.gateway")}>
            <dl>
                {brokers.map((broker) => (
                    <Fact
                        key={broker.id}
                        name={brokers.length > 1 ? (broker.id ?? broker.url) : t("side.broker")}
                        tone={broker.up ? undefined : "alarm"}
                    >
                        {broker.up
                            ? t("side.brokerUp", { age: formatAge(now.value - broker.since) })
                            : t("side.brokerDown")}
                    </Fact>
                ))}
                <Fact name={t("side.readings")}>{t("side.perSecond", { n: formatRate(g.rin) })}</Fact>
                <Fact name={t("table.values")}>{formatNumber(g.series, 0)}</Fact>
                <Fact name={t("side.log")}>{formatBytes(g.db.log)}</Fact>
                <Fact name={t("side.history")}>{formatBytes(g.db.history)}</Fact>
                <Fact name={t("side.wear")}>{wearText(g.wear)}</Fact>
                <Fact name={t("side.load")}>
                    {formatPercent(g.cpu / 100)}, {formatBytes(g.rss)}
                </Fact>
                {g.clock !== undefined && (
                    <Fact name={t("side.clock")} tone={g.clock ? undefined : "warn"}>
                        {t(g.clock ? "side.clockGood" : "side.clockBad")}
                    </Fact>
                )}
                <Fact name={t("side.version")}>{welcome.value?.build ?? ""}</Fact>
            </dl>
        </Block>
    );
}

import { t } from "../i18n/t.ts";
import { formatAge, reasonAt } from "../lib/format.ts";
import { ready } from "../state/app.ts";
import { clearFilter } from "../state/filter.ts";
import { gateway, now, status } from "../state/link.ts";

/** The address under which this machine is known to who reads the page, for a line to copy. */
function brokerHost(url: string): string {
    const host = /^\w+:\/\/([^:/]+)/.exec(url)?.[1] ?? "localhost";
    const here = host === "localhost" || host === "127.0.0.1";
    return here ? location.hostname || host : host;
}

/** Nothing has arrived yet: what to do next. */
export function EmptyGateway() {
    const g = gateway.value;
    if (!ready.value || !g) {
        return <p class="empty">{status.value.phase === "live" ? "" : t("empty.waiting")}</p>;
    }
    const { url, up, why, since } = g.broker;
    if (!up) return <p class="empty">{t("empty.broker", { url, why: reasonAt(why, url) })}</p>;
    return (
        <div class="empty">
            <h2>{t("empty.title")}</h2>
            <p>{t("empty.connected", { url, age: formatAge(now.value - since) })}</p>
            <pre>{`mosquitto_pub -h ${brokerHost(url)} -t plant/hall/temperature -m 21.4`}</pre>
        </div>
    );
}

export function NoMatch() {
    return (
        <p class="empty">
            {t("table.noMatch")}{" "}
            <button type="button" class="link-button" onClick={clearFilter}>
                {t("table.clear")}
            </button>
        </p>
    );
}

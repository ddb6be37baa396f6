import type { Alarm } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { decimalsOf, formatAge, formatNumber, formatValue } from "./format.ts";
import { convertDecimals, convertNumber, wished } from "./units.ts";

/** The words of a severity. */
export const SEVERITY = {
    info: "alarms.info",
    warning: "alarms.warning",
    critical: "alarms.critical",
} as const;

const RANK = { critical: 0, warning: 1, info: 2 } as const;

/** A number of what it watches, with its unit as it is wished. */
function amount(alarm: Alarm, v: number): string {
    const c = wished(alarm.unit);
    const text = formatNumber(convertNumber(v, c), convertDecimals(decimalsOf(v), c));
    const unit = c?.to ?? alarm.unit;
    return unit ? `${text}\u00a0${unit}` : text;
}

/** `+2/min` with its unit; a difference has no zero point. */
function rate(alarm: Alarm): string {
    const said = /^([+-]?)([\d.]+)\s*\/\s*(\w+)$/.exec(alarm.limit);
    if (!said) return alarm.limit;
    const c = wished(alarm.unit);
    const plain = { ...alarm, unit: c?.to ?? alarm.unit };
    const by = Number(said[2]) * (c?.factor ?? 1);
    const text = formatNumber(by, convertDecimals(decimalsOf(Number(said[2])), c));
    const sign = said[1] === "-" ? "\u2212" : (said[1] ?? "");
    return `${sign}${text}${plain.unit ? `\u00a0${plain.unit}` : ""}/${said[3]}`;
}

/** What has to be so for it to be on: the limit, with its unit. */
export function conditionText(alarm: Alarm): string {
    const limit = Number(alarm.limit);
    const shown = alarm.limit !== "" && Number.isFinite(limit) ? amount(alarm, limit) : alarm.limit;
    switch (alarm.kind) {
        case "above":
            return t("alarms.above", { limit: shown });
        case "below":
            return t("alarms.below", { limit: shown });
        case "rate":
            return t("alarms.rate", { limit: rate(alarm) });
        case "equals":
            return t("alarms.equals", { limit: shown });
        case "stale":
            return t("alarms.silent");
    }
}

/** The value that raised it; of silence, how long that was. */
export function raisedText(alarm: Alarm): string {
    if (alarm.kind === "stale") return formatAge(Number(alarm.value) * 1000);
    return typeof alarm.value === "number" ? amount(alarm, alarm.value) : formatValue(alarm.value, 0);
}

/** What it said when it was raised: in its own words, or which condition was met by what. */
export function alarmText(alarm: Alarm): string {
    if (alarm.text) return alarm.text;
    if (alarm.kind === "stale") return t("alarms.stale", { age: raisedText(alarm) });
    return `${raisedText(alarm)}, ${conditionText(alarm)}`;
}

/** What nobody has seen comes first, then the worst, then the newest. */
export function arrangeAlarms(list: readonly Alarm[]): Alarm[] {
    const seen = (alarm: Alarm): number => (alarm.state === "open" ? 0 : 1);
    return [...list].sort((a, b) => seen(a) - seen(b) || RANK[a.severity] - RANK[b.severity] || b.id - a.id);
}

/** The worst that is on, by series. */
export function worstBySeries(list: readonly Alarm[]): Map<number, Alarm> {
    const worst = new Map<number, Alarm>();
    for (const alarm of arrangeAlarms(list)) if (!worst.has(alarm.series)) worst.set(alarm.series, alarm);
    return worst;
}

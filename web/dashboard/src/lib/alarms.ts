import type { Alarm } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { decimalsOf, formatAge, formatValue } from "./format.ts";

/** The words of a severity. */
export const SEVERITY = {
    info: "alarms.info",
    warning: "alarms.warning",
    critical: "alarms.critical",
} as const;

const CONDITION = {
    above: "alarms.above",
    below: "alarms.below",
    rate: "alarms.rate",
    equals: "alarms.equals",
} as const;

const RANK = { critical: 0, warning: 1, info: 2 } as const;

/** What it says: in its own words, or which condition was met by what. */
export function alarmText(alarm: Alarm): string {
    if (alarm.text) return alarm.text;
    const { limit, unit, value } = alarm;
    const shown = formatValue(value, typeof value === "number" ? decimalsOf(value) : 0);
    switch (alarm.kind) {
        case "above":
        case "below":
            return t(CONDITION[alarm.kind], { value: shown, unit, limit }).replace(" ,", ",");
        case "stale":
            return t("alarms.stale", { age: formatAge(Number(value) * 1000) });
        case "rate":
        case "equals":
            return t(CONDITION[alarm.kind], { limit });
    }
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

import type { AlarmRule, Series } from "../../../client/src/index.ts";
import { convertNumber } from "../lib/units.ts";
import { conversion } from "../state/shown.ts";

/** A limit that an alarm watches, as a line across the chart. */
export interface Limit {
    /** Of which series. */
    id: number;
    kind: "above" | "below";
    at: number;
    alarm: string;
}

const MARK = "@alarm/";

/**
 * Which series an alarm watches is told by the series that it is kept in: of the one that it watches, with its name in the
 * field.
 */
export function limitsOf(
    ids: readonly number[],
    series: readonly (Series | undefined)[],
    rules: readonly AlarmRule[],
): Limit[] {
    const found: Limit[] = [];
    for (const s of series) {
        if (!s || s.of === undefined || !ids.includes(s.of)) continue;
        const at = s.field.indexOf(MARK);
        const rule = at < 0 ? undefined : rules.find((one) => one.alarm === s.field.slice(at + MARK.length));
        if (!rule || (rule.kind !== "above" && rule.kind !== "below")) continue;
        const limit = Number(rule.limit);
        if (!Number.isFinite(limit)) continue;
        found.push({
            id: s.of,
            kind: rule.kind,
            at: convertNumber(limit, conversion(s.of)),
            alarm: rule.alarm,
        });
    }
    return found;
}

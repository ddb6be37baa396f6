import type { GapRecord } from "../../../client/src/index.ts";
import { type Key, t } from "../i18n/t.ts";
import { formatNumber } from "./format.ts";

const HOUR = 3_600_000;

const REASONS: Record<GapRecord["reason"], Key> = {
    bytes: "lost.bytes",
    disk: "lost.disk",
    age: "lost.age",
    damage: "lost.damage",
    refused: "lost.refused",
};

const DROPPED: Record<GapRecord["of"], Key> = {
    readings: "lost.readings",
    minutes: "lost.minutes",
    hours: "lost.hours",
};

function key(gap: GapRecord): Key {
    if (gap.upstream) return "lost.unsent";
    if (gap.resolution_ms === null) return DROPPED[gap.of];
    if (gap.of === "minutes") return "lost.minutesToHours";
    return gap.resolution_ms < HOUR ? "lost.readingsToMinutes" : "lost.readingsToHours";
}

/** What was given up, in plain words: "3 010 readings kept as minutes only". */
export function lostText(gap: GapRecord): string {
    if (gap.count === 0) return t("lost.some");
    return t(key(gap), { n: formatNumber(gap.count, 0), count: gap.count, id: gap.upstream });
}

export function lostReason(gap: GapRecord): string {
    const known = REASONS[gap.reason];
    return known ? t(known) : t("lost.other", { why: gap.reason });
}

/** A stretch of a chart of which history has less than it had, or nothing. */
export interface Loss {
    from: number;
    to: number;
    /** Nothing is left of it. */
    whole: boolean;
    label: string;
}

/** What the chart of a series must say of the gaps of history in its range: those that touch are one. */
export function lossesOf(gaps: readonly GapRecord[], id: number): Loss[] {
    const own = gaps.filter(
        (gap) => gap.upstream === "" && gap.from !== null && gap.series?.some((one) => one.id === id),
    );
    const losses = own.map((gap) => {
        const whole = gap.resolution_ms === null;
        const why = lostReason(gap);
        const label = t(whole || gap.reason === "damage" ? "lost.lossLabel" : "lost.thinLabel", {
            why: why.charAt(0).toLowerCase() + why.slice(1),
        });
        return { from: gap.from as number, to: gap.to as number, whole, label };
    });
    losses.sort((a, b) => a.from - b.from || a.to - b.to);
    const joined: Loss[] = [];
    for (const loss of losses) {
        const last = joined.findLast((one) => one.label === loss.label);
        if (last && loss.from <= last.to + HOUR) last.to = Math.max(last.to, loss.to);
        else joined.push(loss);
    }
    return joined;
}

import type { Freshness } from "../../../client/src/index.ts";

export const GROUPINGS = ["area", "device", "none"] as const;
export const SORTINGS = ["name", "value", "heard"] as const;
export type Grouping = (typeof GROUPINGS)[number];
export type Sorting = (typeof SORTINGS)[number];
/** What a row may be marked with, beside being well. */
export type Marked = Freshness | "alarm" | "offline";

const NAMES: Record<string, Marked> = {
    alarm: "alarm",
    offline: "offline",
    fresh: 0 as Freshness,
    late: 1,
    stale: 2,
    never: 3,
};
const nameOf = (state: Marked): string => Object.keys(NAMES).find((name) => NAMES[name] === state) ?? "";

export interface ListLook {
    text: string;
    states: ReadonlySet<Marked>;
    sorting: Sorting;
    grouping: Grouping;
}

export interface Usual {
    sorting: ListLook["sorting"];
    grouping: ListLook["grouping"];
}

export function readList(ask: URLSearchParams, usual: Usual): ListLook {
    const said = [...ask.keys()].length > 0;
    const marks = (ask.get("is") ?? "").split(",").flatMap((name) => {
        const state = NAMES[name];
        return state === undefined ? [] : [state];
    });
    return {
        text: ask.get("q") ?? "",
        states: new Set(marks),
        sorting: SORTINGS.find((one) => one === ask.get("sort")) ?? (said ? "name" : usual.sorting),
        grouping: GROUPINGS.find((one) => one === ask.get("by")) ?? (said ? "area" : usual.grouping),
    };
}

/** Says what is not so anyway: what every browser shows, or this one usually. */
export function writeList(look: ListLook, usual: Usual, whole: boolean): Record<string, string> {
    const marks = [...look.states].map(nameOf).sort();
    const sort = whole && (look.sorting !== "name" || usual.sorting !== "name");
    const by = whole && (look.grouping !== "area" || usual.grouping !== "area");
    return {
        ...(look.text.trim() ? { q: look.text } : {}),
        ...(marks.length > 0 ? { is: marks.join() } : {}),
        ...(sort ? { sort: look.sorting } : {}),
        ...(by ? { by: look.grouping } : {}),
    };
}

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

export function readList(ask: URLSearchParams): ListLook {
    const marks = (ask.get("is") ?? "").split(",").flatMap((name) => {
        const state = NAMES[name];
        return state === undefined ? [] : [state];
    });
    return {
        text: ask.get("q") ?? "",
        states: new Set(marks),
        sorting: SORTINGS.find((one) => one === ask.get("sort")) ?? "name",
        grouping: GROUPINGS.find((one) => one === ask.get("by")) ?? "area",
    };
}

/** The sorting and the grouping are of use to the overview alone (`whole`). */
export function writeList(look: ListLook, whole: boolean): Record<string, string> {
    const marks = [...look.states].map(nameOf).sort();
    return {
        ...(look.text.trim() ? { q: look.text } : {}),
        ...(marks.length > 0 ? { is: marks.join() } : {}),
        ...(whole && look.sorting !== "name" ? { sort: look.sorting } : {}),
        ...(whole && look.grouping !== "area" ? { by: look.grouping } : {}),
    };
}

/** The overview as somebody usually looks at it. */
export function overviewLink(sorting: Sorting, grouping: Grouping): string {
    const words = writeList({ text: "", states: new Set(), sorting, grouping }, true);
    return ["#/", new URLSearchParams(words).toString()].filter(Boolean).join("?");
}

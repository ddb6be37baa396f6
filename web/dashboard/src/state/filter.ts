import { computed, signal } from "@preact/signals";
import { LATE, NEVER, type Series, STALE } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import type { Grouping, Marked, Sorting } from "../lib/list_look.ts";
import { worstOf } from "./alarms.ts";
import { catalogue, catalogueVersion, counts, table } from "./app.ts";
import { arrange, type Item, matches } from "./catalogue.ts";
import { now } from "./link.ts";
import { away } from "./presence.ts";
import { usualGrouping, usualSorting } from "./settings.ts";
import { shownValue } from "./shown.ts";

/** What the person typed, and which states alone are wanted (none: all). */
export const text = signal("");
export const states = signal<ReadonlySet<Marked>>(new Set());

export const sorting = signal<Sorting>(usualSorting.peek());
export const grouping = signal<Grouping>(usualGrouping.peek());

/** What a person chooses is remembered as what they usually want; what an address asked for is not. */
export function sortBy(by: Sorting): void {
    sorting.value = usualSorting.value = by;
}

export function groupBy(by: Grouping): void {
    grouping.value = usualGrouping.value = by;
}

export const words = computed(() => text.value.toLowerCase().split(/\s+/).filter(Boolean));
export const filtering = computed(() => words.value.length > 0 || states.value.size > 0);

export function toggleState(state: Marked): void {
    const next = new Set(states.peek());
    if (!next.delete(state)) next.add(state);
    states.value = next;
}

export function clearFilter(): void {
    text.value = "";
    states.value = new Set();
}

function isMarked(s: Series, wanted: ReadonlySet<Marked>): boolean {
    if (wanted.has("alarm") && worstOf.value.has(s.id)) return true;
    if (wanted.has("offline") && away.value.get(s.device)?.state === "offline") return true;
    const state = table.freshness(s.id, now.peek());
    // A value that was only retained is no news, but not unheard of either.
    return wanted.has(state) && (state !== NEVER || !table.has(s.id));
}

const matching = computed(() => {
    void catalogueVersion.value;
    const list = catalogue.byId.filter((s) => s && matches(s, words.value));
    if (states.value.size === 0) return list;
    // The counts change whenever a series changes its state; only then is the list made anew.
    void counts.value;
    return list.filter((s) => isMarked(s, states.value));
});

/** Values move all the time: rows that are sorted by them change places no more often than so. */
const SORT_EVERY_MS = 10_000;
const sortTime = computed(() => (sorting.value === "name" ? 0 : Math.floor(now.value / SORT_EVERY_MS)));

function sortKey(s: Series): number {
    if (sorting.value === "heard") return table.heard[s.id] ?? 0;
    const v = shownValue(s.id);
    return typeof v === "number" ? -v : Number.POSITIVE_INFINITY;
}

function isUrgent(s: Series): boolean {
    return worstOf.value.get(s.id)?.state === "open";
}

export const items = computed<Item[]>(() => {
    void sortTime.value;
    const byName = sorting.value === "name";
    return arrange(matching.value, grouping.value, t("table.topLevel"), {
        urgent: isUrgent,
        ...(byName ? {} : { key: sortKey }),
    });
});
export const matchCount = computed(() => matching.value.length);

/** Series of devices that are away, by their own word. */
const offlineCount = computed(() => {
    void catalogueVersion.value;
    let n = 0;
    for (const device of away.value.values())
        if (device.state === "offline") n += catalogue.byDevice.get(device.name)?.length ?? 0;
    return n;
});

export const CHIPS = [
    { state: "alarm", key: "table.inAlarm", count: () => worstOf.value.size },
    { state: LATE, key: "table.late", count: () => counts.value.late },
    { state: STALE, key: "table.stale", count: () => counts.value.stale },
    { state: "offline", key: "table.offline", count: () => offlineCount.value },
    { state: NEVER, key: "table.never", count: () => counts.value.never },
] as const;

import { computed, signal } from "@preact/signals";
import { type Freshness, LATE, NEVER, STALE } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { catalogue, catalogueVersion, counts, table } from "./app.ts";
import { arrange, type Item, matches } from "./catalogue.ts";
import { now } from "./link.ts";
import { grouping } from "./settings.ts";

/** What the person typed, and which states alone are wanted (none: all). */
export const text = signal("");
export const states = signal<ReadonlySet<Freshness>>(new Set());

export const words = computed(() => text.value.toLowerCase().split(/\s+/).filter(Boolean));
export const filtering = computed(() => words.value.length > 0 || states.value.size > 0);

export function toggleState(state: Freshness): void {
    const next = new Set(states.peek());
    if (!next.delete(state)) next.add(state);
    states.value = next;
}

export function clearFilter(): void {
    text.value = "";
    states.value = new Set();
}

const matching = computed(() => {
    void catalogueVersion.value;
    const list = catalogue.byId.filter((s) => s && matches(s, words.value));
    if (states.value.size === 0) return list;
    // The counts change whenever a series changes its state; only then is the list made anew.
    void counts.value;
    return list.filter((s) => {
        const state = table.freshness(s.id, now.peek());
        // A value that was only retained is no news, but not unheard of either.
        return states.value.has(state) && (state !== NEVER || !table.has(s.id));
    });
});

export const items = computed<Item[]>(() => arrange(matching.value, grouping.value, t("table.topLevel")));
export const matchCount = computed(() => matching.value.length);

export const CHIPS = [
    { state: LATE, count: "late", key: "table.late" },
    { state: STALE, count: "stale", key: "table.stale" },
    { state: NEVER, count: "never", key: "table.never" },
] as const;

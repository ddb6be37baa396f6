import { computed, effect, signal } from "@preact/signals";
import type { Language } from "../i18n/t.ts";
import { GROUPINGS, type Grouping, overviewLink, SORTINGS, type Sorting } from "../lib/list_look.ts";
import { setWishes, UNIT_CHOICES, type UnitKind } from "../lib/units.ts";
import { setZone } from "../lib/zone.ts";
import { gateway } from "./link.ts";

export type Theme = "system" | "light" | "dark";
export type Zone = "browser" | "gateway" | "utc";

// Storage may be forbidden (a private window, a locked-down kiosk); then the choice lives as long as the page.
function read(key: string): string | null {
    try {
        return localStorage.getItem(`tidegate.${key}`);
    } catch {
        return null;
    }
}

function write(key: string, value: string): void {
    try {
        localStorage.setItem(`tidegate.${key}`, value);
    } catch {
        // See above.
    }
}

function choice<T extends string>(key: string, allowed: readonly T[], standard: T) {
    const stored = read(key) as T;
    const chosen = signal<T>(allowed.includes(stored) ? stored : standard);
    effect(() => write(key, chosen.value));
    return chosen;
}

export const theme = choice<Theme>("theme", ["system", "light", "dark"], "system");
/** How somebody usually looks at the overview: so its links lead to it. */
export const usualGrouping = choice<Grouping>("grouping", GROUPINGS, "area");
export const usualSorting = choice<Sorting>("sorting", SORTINGS, "name");
export const zone = choice<Zone>("zone", ["browser", "gateway", "utc"], "browser");
export const usualOverview = computed(() => overviewLink(usualSorting.value, usualGrouping.value));
/** Whether single letters do things; some who dictate turn them off (WCAG 2.1.4). */
export const letters = choice<"on" | "off">("letters", ["on", "off"], "on");

/** In which unit each kind of measurement is shown; "": as it was sent. */
export const units = Object.fromEntries(
    Object.entries(UNIT_CHOICES).map(([kind, list]) => [kind, choice<string>(`unit.${kind}`, list, "")]),
) as Record<UnitKind, ReturnType<typeof choice<string>>>;
export const unitWishes = computed(() =>
    Object.values(units)
        .map((unit) => unit.value)
        .filter(Boolean),
);

export const language = choice<Language>(
    "language",
    ["en", "de"],
    navigator.language.startsWith("de") ? "de" : "en",
);

export function applySettings(): void {
    document.documentElement.lang = language.peek();
    effect(() => {
        document.documentElement.dataset["theme"] = theme.value;
    });
    effect(() => setWishes(unitWishes.value));
    const gatewayZone = computed(() => gateway.value?.zone || null);
    effect(() => {
        setZone(zone.value === "utc" ? "UTC" : zone.value === "gateway" ? gatewayZone.value : null);
    });
}

/** Every text changes with the language, so the page starts again. */
export function chooseLanguage(to: Language): void {
    if (to === language.peek()) return;
    language.value = to;
    location.reload();
}

import { effect, signal } from "@preact/signals";
import { type Language, setLanguage } from "../i18n/t.ts";

export type Theme = "system" | "light" | "dark";
export type Grouping = "area" | "device" | "none";

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
export const grouping = choice<Grouping>("grouping", ["area", "device", "none"], "area");
export const language = choice<Language>(
    "language",
    ["en", "de"],
    navigator.language.startsWith("de") ? "de" : "en",
);

export function applySettings(): void {
    setLanguage(language.peek());
    document.documentElement.lang = language.peek();
    effect(() => {
        document.documentElement.dataset["theme"] = theme.value;
    });
}

/** Every text changes with the language, so the page starts again. */
export function chooseLanguage(to: Language): void {
    if (to === language.peek()) return;
    language.value = to;
    location.reload();
}

import type { CoreKey, Entry } from "./en.ts";
import type { AlarmsKey } from "./en_alarms.ts";
import type { GatewayKey } from "./en_gateway.ts";
import type { ListKey } from "./en_list.ts";
import type { MoreKey } from "./en_more.ts";
import type { SettingsKey } from "./en_settings.ts";

export type Language = "en" | "de";
export type Key = CoreKey | ListKey | MoreKey | AlarmsKey | GatewayKey | SettingsKey;
/** Texts come by parts, with the pages that say them. */
export type Part = "core" | "list" | "more" | "alarms" | "gateway" | "settings";

type Texts = Partial<Record<Key, Entry>>;

const LOAD: Record<Language, Record<Part, () => Promise<Texts>>> = {
    en: {
        core: async () => (await import("./en.ts")).en,
        list: async () => (await import("./en_list.ts")).enList,
        more: async () => (await import("./en_more.ts")).enMore,
        alarms: async () => (await import("./en_alarms.ts")).enAlarms,
        gateway: async () => (await import("./en_gateway.ts")).enGateway,
        settings: async () => (await import("./en_settings.ts")).enSettings,
    },
    de: {
        core: async () => (await import("./de.ts")).de,
        list: async () => (await import("./de_list.ts")).deList,
        more: async () => (await import("./de_more.ts")).deMore,
        alarms: async () => (await import("./de_alarms.ts")).deAlarms,
        gateway: async () => (await import("./de_gateway.ts")).deGateway,
        settings: async () => (await import("./de_settings.ts")).deSettings,
    },
};

let language: Language = "en";
let plural = new Intl.PluralRules("en");
const catalogues: Record<Language, Texts> = { en: {}, de: {} };

/** Makes texts of a language known. */
export function learn(of: Language, texts: Texts): void {
    Object.assign(catalogues[of], texts);
}

/** Loads the texts that every page needs, and shows this language from then on. */
export function loadLanguage(to: Language): Promise<void> {
    setLanguage(to);
    return loadTexts("core");
}

/** Loads the texts of a page; what was loaded before is not asked for again. */
export async function loadTexts(...parts: Part[]): Promise<void> {
    await Promise.all(parts.map(async (part) => learn(language, await LOAD[language][part]())));
}

export function setLanguage(to: Language): void {
    language = to;
    plural = new Intl.PluralRules(to);
}

export function currentLanguage(): Language {
    return language;
}

/** The text of `key` in the language of the page; `n` may be a number that is written as `shown`. */
export function t(key: Key, words: Record<string, string | number> = {}): string {
    const entry = catalogues[language][key] ?? "";
    const text = typeof entry === "string" ? entry : entry[chosen(words["count"] ?? words["n"])];
    return text.replace(/\{(\w+)\}/g, (all, name: string) => String(words[name] ?? all));
}

function chosen(n: string | number | undefined): "one" | "other" {
    return typeof n === "number" && plural.select(n) === "one" ? "one" : "other";
}

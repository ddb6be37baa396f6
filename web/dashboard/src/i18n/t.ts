import type { CoreKey, Entry } from "./en.ts";
import type { MoreKey } from "./en_more.ts";

export type Language = "en" | "de";
export type Key = CoreKey | MoreKey;

const LOAD: Record<Language, [() => Promise<Record<CoreKey, Entry>>, () => Promise<Record<MoreKey, Entry>>]> =
    {
        en: [async () => (await import("./en.ts")).en, async () => (await import("./en_more.ts")).enMore],
        de: [async () => (await import("./de.ts")).de, async () => (await import("./de_more.ts")).deMore],
    };

let language: Language = "en";
let plural = new Intl.PluralRules("en");
const catalogues: Record<Language, Partial<Record<Key, Entry>>> = { en: {}, de: {} };

/** Makes texts of a language known. */
export function learn(of: Language, texts: Partial<Record<Key, Entry>>): void {
    Object.assign(catalogues[of], texts);
}

/** Loads the texts that the first page needs, and shows this language from then on. */
export async function loadLanguage(to: Language): Promise<void> {
    setLanguage(to);
    learn(to, await LOAD[to][0]());
}

/** Loads the texts of the pages whose code comes later. */
export async function loadMore(): Promise<void> {
    learn(language, await LOAD[language][1]());
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

import { de } from "./de.ts";
import { type Entry, en, type Key } from "./en.ts";

export type Language = "en" | "de";
export type { Key } from "./en.ts";

const CATALOGUES: Record<Language, Record<Key, Entry>> = { en, de };

let language: Language = "en";
let plural = new Intl.PluralRules("en");

export function setLanguage(to: Language): void {
    language = to;
    plural = new Intl.PluralRules(to);
}

export function currentLanguage(): Language {
    return language;
}

/** The text of `key` in the language of the page; `n` may be a number that is written as `shown`. */
export function t(key: Key, words: Record<string, string | number> = {}): string {
    const entry = CATALOGUES[language][key];
    const text = typeof entry === "string" ? entry : entry[chosen(words["count"] ?? words["n"])];
    return text.replace(/\{(\w+)\}/g, (all, name: string) => String(words[name] ?? all));
}

function chosen(n: string | number | undefined): "one" | "other" {
    return typeof n === "number" && plural.select(n) === "one" ? "one" : "other";
}

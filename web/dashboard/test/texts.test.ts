import { expect, it } from "vitest";
import { de } from "../src/i18n/de.ts";
import { deMore } from "../src/i18n/de_more.ts";
import { en } from "../src/i18n/en.ts";
import { enMore } from "../src/i18n/en_more.ts";

const sources = import.meta.glob<string>(["../src/**/*.{ts,tsx}", "!../src/i18n/**"], {
    query: "?raw",
    import: "default",
    eager: true,
});

// What comes with the texts of `en_more.ts`; nothing else may use them, for they may not be there.
const LATER =
    /\/(accounts|device_compare|device_control|device_more|device_table|entry|gateway|lost|message|settings|wall)\.tsx$/;

it("every text is used somewhere", () => {
    const code = Object.values(sources).join("\n");
    expect(code.length).toBeGreaterThan(10_000);
    // Those of a role, of a unit's kind and of a page are named by what they are of.
    const made = /^(role|unit|nav)\./;
    const unused = Object.keys({ ...en, ...enMore }).filter(
        (key) => !made.test(key) && !code.includes(`"${key}"`),
    );
    expect(unused).toEqual([]);
});

it("no page that is there at once uses a text that comes later", () => {
    const wrong = Object.entries(sources)
        .filter(([path]) => !LATER.test(path))
        .flatMap(([path, code]) =>
            Object.keys(enMore)
                .filter((key) => code.includes(`"${key}"`))
                .map((key) => `${path}: ${key}`),
        );
    expect(wrong).toEqual([]);
});

it("German says everything that English says, with the same places to fill in", () => {
    const places = (entry: string | { one: string; other: string }): string[] =>
        [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();
    const english = { ...en, ...enMore };
    const german: Record<string, string | { one: string; other: string }> = { ...de, ...deMore };
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
    for (const [key, entry] of Object.entries(english))
        expect([key, ...places(german[key] as string)]).toEqual([key, ...places(entry)]);
});

import { expect, it } from "vitest";
import type { Entry } from "../src/i18n/en.ts";
import type { Part } from "../src/i18n/t.ts";
import { ENGLISH, GERMAN } from "./texts.ts";

const sources = import.meta.glob<string>(["../src/**/*.{ts,tsx}", "!../src/i18n/**"], {
    query: "?raw",
    import: "default",
    eager: true,
});

// Which parts of the texts are there with which code, beside the core: what pages.ts asks for with a page, for all that the
// page alone is made of.
const WITH: [RegExp, Part[]][] = [
    [/views\/(facts|lost|gateway\w*)\.tsx$/, ["list", "more", "gateway"]],
    [/views\/(overview|devices|side)\.tsx$/, ["list"]],
    [/views\/device\w*\.tsx?$|chart\/|lib\/lost\.ts|ui\/message\.tsx/, ["more"]],
    [/ui\/(gate|course|upstream|filter|table|empty)\.tsx$|state\/filter\.ts|lib\/wear\.ts/, ["list"]],
    [/views\/alarms\.tsx$/, ["alarms"]],
    [/views\/(settings|accounts|entry|keys)\.tsx$/, ["settings"]],
    [/views\/wall\w*\.tsx$/, ["list", "settings"]],
];

const partsOf = (path: string): Part[] => ["core", ...(WITH.find(([of]) => of.test(path))?.[1] ?? [])];
const everything = (all: Record<Part, Record<string, Entry>>): Record<string, Entry> =>
    Object.assign({}, ...Object.values(all));

it("every text is used somewhere", () => {
    const code = Object.values(sources).join("\n");
    expect(code.length).toBeGreaterThan(10_000);
    // Those of a role, of a unit's kind and of a page are named by what they are of.
    const made = /^(role|unit|nav)\./;
    const unused = Object.keys(everything(ENGLISH)).filter(
        (key) => !made.test(key) && !code.includes(`"${key}"`),
    );
    expect(unused).toEqual([]);
});

it("no text is written twice", () => {
    const keys = Object.values(ENGLISH).flatMap((part) => Object.keys(part));
    expect(keys.filter((key, n) => keys.indexOf(key) !== n)).toEqual([]);
});

it("no code uses a text that does not come with it", () => {
    const wrong = Object.entries(sources).flatMap(([path, code]) => {
        const there = Object.assign({}, ...partsOf(path).map((part) => ENGLISH[part]));
        return Object.keys(everything(ENGLISH))
            .filter((key) => code.includes(`"${key}"`) && !(key in there))
            .map((key) => `${path}: ${key}`);
    });
    expect(wrong).toEqual([]);
});

it("German says everything that English says, with the same places to fill in", () => {
    const places = (entry: Entry): string[] =>
        [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();
    for (const part of Object.keys(ENGLISH) as Part[]) {
        expect(Object.keys(GERMAN[part]).sort()).toEqual(Object.keys(ENGLISH[part]).sort());
        for (const [key, entry] of Object.entries(ENGLISH[part]))
            expect([key, ...places(GERMAN[part][key] as Entry)]).toEqual([key, ...places(entry)]);
    }
});

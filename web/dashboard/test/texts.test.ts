import { expect, it } from "vitest";
import { en } from "../src/i18n/en.ts";

const sources = import.meta.glob<string>(["../src/**/*.{ts,tsx}", "!../src/i18n/**"], {
    query: "?raw",
    import: "default",
    eager: true,
});

it("every text is used somewhere", () => {
    const code = Object.values(sources).join("\n");
    expect(code.length).toBeGreaterThan(10_000);
    expect(Object.keys(en).filter((key) => !code.includes(`"${key}"`))).toEqual([]);
});

import { afterEach, describe, expect, it } from "vitest";
import { de } from "../src/i18n/de.ts";
import { en } from "../src/i18n/en.ts";
import { setLanguage, t } from "../src/i18n/t.ts";
import {
    decimalsOf,
    formatAge,
    formatBytes,
    formatEvery,
    formatNumber,
    formatPercent,
    formatValue,
    reasonAt,
    sentence,
} from "../src/lib/format.ts";

afterEach(() => setLanguage("en"));

describe("numbers", () => {
    it("keep their decimals, part thousands, and have a true minus", () => {
        expect(formatNumber(1482.317, 3)).toBe("1\u00a0482.317");
        expect(formatNumber(-18.4, 1)).toBe("\u221218.4");
        expect(formatNumber(1013300, 0)).toBe("1\u00a0013\u00a0300");
        expect(formatNumber(21, 1)).toBe("21.0");
    });
    it("have no minus where nothing is left to be negative", () => {
        expect(formatNumber(-0.04, 1)).toBe("0.0");
    });
    it("never have an exponent", () => {
        expect(formatNumber(1e21, 0)).not.toMatch(/e/i);
        expect(formatNumber(1e-9, 4)).toBe("0.0000");
    });
    it("follow the language", () => {
        setLanguage("de");
        expect(formatNumber(1482.3, 1)).toBe("1\u00a0482,3");
    });
    it("that cannot be said are said to be none", () => {
        expect(formatNumber(Number.NaN, 1)).toBe("no value");
        expect(formatValue(null, 1)).toBe("no value");
    });
    it("beyond 2^53 keep every digit", () => {
        expect(formatValue({ i: "-9223372036854775807" }, 0)).toBe("\u22129223372036854775807");
    });
});

describe("decimals", () => {
    it("are those that were sent", () => {
        expect([21, 21.4, 0.52, 1482.317].map(decimalsOf)).toEqual([0, 1, 2, 3]);
    });
    it("leave out the noise of a 32-bit float", () => {
        expect(decimalsOf(21.399999618530273)).toBe(1);
    });
});

describe("ages", () => {
    it("have two parts at most", () => {
        const ages = [400, 14_000, 190_000, 41 * 60_000, 8_040_000, 3 * 86_400_000 + 5 * 3_600_000];
        expect(ages.map(formatAge)).toEqual(["0 s", "14 s", "3 min 10 s", "41 min", "2 h 14 min", "3 d 5 h"]);
    });
    it("are never negative", () => {
        expect(formatAge(-5000)).toBe("0 s");
    });
    it("of intervals know half a second", () => {
        expect([500, 2000, 15_000, 60_000].map(formatEvery)).toEqual(["0.5 s", "2 s", "15 s", "1 min"]);
    });
});

it("bytes and shares are short", () => {
    expect(formatBytes(1_200_000_000)).toBe("1.2\u00a0GB");
    expect(formatBytes(41_200_000)).toBe("41\u00a0MB");
    expect(formatPercent(0.24)).toBe("24\u00a0%");
    expect(formatPercent(0.026)).toBe("2.6\u00a0%");
    expect(formatPercent(0.000003)).toBe("< 0.1\u00a0%");
    expect(formatPercent(0)).toBe("0\u00a0%");
});

it("a reason leaves out the address that stands beside it", () => {
    expect(reasonAt("mqtt://a:1883: nothing listens there", "mqtt://a:1883")).toBe("nothing listens there");
    expect(reasonAt("connection refused", "mqtt://a:1883")).toBe("connection refused");
});

it("a reason begins a line with a capital and ends it without a point", () => {
    expect(sentence("connection refused.")).toBe("Connection refused");
});

describe("texts", () => {
    it("choose singular and plural by the number, however it is written", () => {
        expect(t("table.devices", { n: 1 })).toBe("device");
        expect(t("gate.lost", { n: "1\u00a0200", count: 1200 })).toMatch(/readings lost/);
    });
    it("have the same words to fill in, in both languages", () => {
        const holes = (entry: unknown) => [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();
        for (const key of Object.keys(en) as (keyof typeof en)[])
            expect([key, holes(de[key])]).toEqual([key, holes(en[key])]);
    });
    it("have no exclamation marks", () => {
        expect(JSON.stringify([en, de])).not.toContain("!");
    });
});

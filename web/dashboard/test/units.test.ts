import { afterEach, describe, expect, it } from "vitest";
import { formatClock, formatMoment } from "../src/lib/format.ts";
import { conversionOf, convertDecimals, convertNumber, convertValue } from "../src/lib/units.ts";
import { offsetAt, setZone } from "../src/lib/zone.ts";

describe("units", () => {
    it("are shown in the one that is wished for", () => {
        const c = conversionOf("°C", ["°F"]);
        expect(c?.to).toBe("°F");
        expect(convertNumber(21.4, c)).toBe(70.52);
        expect(convertNumber(-40, c)).toBe(-40);
        expect(convertNumber(7.2, conversionOf("bar", ["psi"]))).toBeCloseTo(104.427, 3);
        expect(convertNumber(3.6, conversionOf("MJ", ["kWh"]))).toBeCloseTo(1, 12);
        expect(convertNumber(1, conversionOf("m³", ["gal"]))).toBeCloseTo(264.172, 3);
    });
    it("there and back are the same", () => {
        for (const [a, b, v] of [
            ["°C", "°F", 21.4],
            ["bar", "psi", 7.2],
            ["kWh", "MJ", 12.5],
            ["m³", "gal", 1482.317],
        ] as const) {
            const there = convertNumber(v, conversionOf(a, [b]));
            expect(convertNumber(there, conversionOf(b, [a]))).toBeCloseTo(v, 6);
        }
    });
    it("that nobody wishes to change, and what is no number, stay as they were sent", () => {
        expect(conversionOf("W", ["°F", "psi"])).toBeNull();
        expect(conversionOf("°C", ["°C"])).toBeNull();
        expect(convertValue("open", conversionOf("°C", ["°F"]))).toBe("open");
    });
    it("keep as many digits as they say", () => {
        expect(convertDecimals(1, conversionOf("°C", ["°F"]))).toBe(1);
        expect(convertDecimals(3, conversionOf("m³", ["gal"]))).toBe(1);
        expect(convertDecimals(0, conversionOf("gal", ["m³"]))).toBe(2);
    });
});

describe("time zones", () => {
    afterEach(() => void setZone(null));
    const summer = Date.UTC(2026, 6, 1, 12, 0, 0);
    it("are the one that was chosen, summer time and all", () => {
        expect(setZone("Europe/Berlin")).toBe(true);
        expect(formatClock(summer)).toBe("14:00:00");
        expect(formatClock(Date.UTC(2026, 0, 1, 12, 0, 0))).toBe("13:00:00");
        expect(offsetAt(summer)).toBe(7_200_000);
        setZone("UTC");
        expect(formatClock(summer)).toBe("12:00:00");
    });
    it("turn the day where the wall's clock does", () => {
        setZone("Asia/Kolkata");
        expect(formatMoment(Date.UTC(2026, 6, 1, 20, 0, 0), 86_400_001)).toBe("2 Jul 01:30");
    });
    it("that nobody knows are the browser's own", () => {
        setZone(null);
        const own = formatClock(summer);
        expect(setZone("Nowhere/Land")).toBe(false);
        expect(formatClock(summer)).toBe(own);
    });
});

import { describe, expect, it } from "vitest";
import { joinCourse, unknownIn } from "../src/lib/course.ts";
import { fullIn } from "../src/lib/full.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const minutes = (from: number, to: number): number[] =>
    Array.from({ length: (to - from) / MINUTE }, (_, n) => from + n * MINUTE);

describe("the course of a day", () => {
    it("goes on with what the page has seen itself, in the place of the minute under way", () => {
        const known = { t: [0, 60_000, 120_000], held: [1, 2, 9], in: [5, 6, 7], outages: [] };
        const seen = { t: [110_000, 121_000, 122_000], held: [3, 4, 5], rate: [8, 9, 10] };
        expect(joinCourse(known, seen)).toEqual({
            t: [0, 60_000, 121_000, 122_000],
            held: [1, 2, 4, 5],
            in: [5, 6, 9, 10],
            outages: [],
        });
    });
    it("is what the page has seen where the gateway remembers nothing, and the other way round", () => {
        expect(joinCourse(null, { t: [5], held: [7], rate: [1] }).held).toEqual([7]);
        const known = { t: [0, 60_000], held: [1, 2], in: [3, 4], outages: [] };
        expect(joinCourse(known, { t: [], held: [], rate: [] }).held).toEqual([1, 2]);
    });
});

describe("what is not known of a day", () => {
    it("is what was before the first minute that was written down", () => {
        const t = minutes(23 * HOUR, 24 * HOUR);
        expect(unknownIn(t, 0, 24 * HOUR)).toEqual([{ from: 0, to: 23 * HOUR }]);
    });
    it("is the time in which the gateway was not running, and nothing else", () => {
        const t = [...minutes(0, 10 * HOUR), ...minutes(13 * HOUR, 24 * HOUR)];
        expect(unknownIn(t, 0, 24 * HOUR)).toEqual([{ from: 10 * HOUR - MINUTE, to: 13 * HOUR }]);
    });
    it("is nothing where the range begins in the middle of what is known", () => {
        expect(unknownIn(minutes(0, 24 * HOUR), 10 * HOUR + 1, 24 * HOUR)).toEqual([]);
    });
    it("is all of it where nothing was written down, and where all that was is older", () => {
        expect(unknownIn([], 0, HOUR)).toEqual([{ from: 0, to: HOUR }]);
        expect(unknownIn(minutes(0, HOUR), 3 * HOUR, 4 * HOUR)).toEqual([{ from: 3 * HOUR, to: 4 * HOUR }]);
    });
    it("is what came after the last word as well", () => {
        expect(unknownIn(minutes(0, HOUR), 0, 2 * HOUR)).toEqual([{ from: HOUR - MINUTE, to: 2 * HOUR }]);
    });
});

describe("the time to a full buffer", () => {
    it("is said while it is in sight", () => {
        expect(fullIn(7800)).toBe("2 h 10 min");
    });
    it("is not said where nobody can act on it: 1694 days", () => {
        expect(fullIn(1694 * 86_400)).toBeNull();
        expect(fullIn(null)).toBeNull();
    });
});

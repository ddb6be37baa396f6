import { describe, expect, it } from "vitest";
import type { Gateway } from "../../client/src/index.ts";
import { rangeOf } from "../src/lib/window.ts";
import { Depth } from "../src/state/depth.ts";

const T = 1_764_000_000_000;
const message = (second: number, level: number): Gateway =>
    ({ t: T + second * 1000, held: level * 1000, level, in: 1, up: [] }) as unknown as Gateway;

describe("the depth of the buffer", () => {
    it("has a slope over the last minute", () => {
        const depth = new Depth();
        for (let s = 0; s <= 120; s++) depth.add(message(s, s < 60 ? 0.1 : 0.1 + (s - 60) * 0.001));
        expect(depth.slope()).toBeCloseTo(0.001, 5);
    });
    it("has none until a few seconds are known", () => {
        const depth = new Depth();
        depth.add(message(0, 0.1));
        depth.add(message(1, 0.2));
        expect(depth.slope()).toBeNull();
    });
    it("takes no more room in a day than in ten minutes", () => {
        const depth = new Depth();
        for (let s = 0; s < 86_400; s++) depth.add(message(s, 0.1));
        expect(depth.t.length).toBeLessThanOrEqual(721);
        expect(depth.t[0]).toBe(T);
        expect(depth.t.at(-1)).toBe(T + 86_399_000);
        expect(depth.held).toHaveLength(depth.t.length);
    });
});

describe("the window over a long list", () => {
    const heights = new Array(1000).fill(31);
    it("draws what is on screen, with some to spare", () => {
        const range = rangeOf(heights, 15_500, 16_400);
        expect(range.from).toBeLessThan(500);
        expect(range.to).toBeGreaterThan(529);
        expect(range.to - range.from).toBeLessThan(60);
    });
    it("keeps the length of the page", () => {
        const range = rangeOf(heights, 3000, 3900);
        expect(range.above + (range.to - range.from) * 31 + range.below).toBe(31_000);
    });
});

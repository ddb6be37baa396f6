import { describe, expect, it } from "vitest";
import { limitsOf } from "../src/chart/limits.ts";
import { decimalsOfStep } from "../src/chart/options.ts";
import { addLive, align, gapsOf, summarise, type Track, trackFrom } from "../src/chart/track.ts";
import { bounds, pan, viewOf, zoom } from "../src/chart/view.ts";

const buckets = (t: number[], step = 10_000, interval = 5000): Track =>
    trackFrom(
        {
            id: 1,
            t,
            min: t.map((_, n) => n - 1),
            mean: t.map((_, n) => n),
            max: t.map((_, n) => n + 1),
            count: t.map(() => 2),
        },
        step,
        interval,
    );
const raw = (t: number[], v: (number | string | boolean)[], interval = 1000): Track =>
    trackFrom({ id: 1, t, v }, 0, interval);

describe("gaps", () => {
    it("are silences of more than three steps", () => {
        expect(gapsOf(buckets([0, 10_000, 40_000]))).toEqual([]);
        expect(gapsOf(buckets([0, 10_000, 60_000]))).toEqual([[20_000, 60_000]]);
    });
    it("break the line and leave the other series alone", () => {
        const [t, mean, , , other] = align([
            buckets([0, 10_000, 60_000]),
            buckets([0, 10_000, 20_000, 30_000, 40_000, 60_000]),
        ]);
        const at = t.indexOf(20_001);
        expect(mean?.[at]).toBeNull();
        expect(other?.[at]).toBeUndefined();
        expect(t).toEqual([...t].sort((a, b) => a - b));
    });
});

describe("live readings", () => {
    it("go into the bucket of their time", () => {
        const track = buckets([0, 10_000]);
        addLive(track, 12_000, 10);
        addLive(track, 21_000, 5);
        expect(track.t).toEqual([0, 10_000, 20_000]);
        expect(track.count).toEqual([2, 3, 1]);
        expect(track.mean[1]).toBeCloseTo(4);
        expect(track.max[1]).toBe(10);
    });
    it("stand behind raw ones, but for those that history had", () => {
        const track = raw([1000, 2000], [1, 2]);
        expect(addLive(track, 2400, 2)).toBe(false);
        expect(addLive(track, 1500, 9)).toBe(false);
        expect(addLive(track, 3000, 2)).toBe(true);
        expect(track.t).toEqual([1000, 2000, 3000]);
    });
    it("of a state are kept as states", () => {
        const track = raw([1000], [true]);
        addLive(track, 2000, false);
        expect(track.state).toEqual(["true", "false"]);
    });
});

describe("what is in view", () => {
    it("is weighed by the number of readings", () => {
        const track = buckets([0, 10_000]);
        track.count = [1, 3];
        expect(summarise(track, 0, 20_000)).toMatchObject({
            min: -1,
            max: 2,
            mean: 0.75,
            samples: 4,
            missing: 0,
        });
    });
    it("counts what is missing", () => {
        expect(summarise(buckets([0, 10_000, 60_000]), 0, 70_000)).toMatchObject({
            missing: 40_000,
            gaps: 1,
        });
    });
    it("is nothing where there is nothing", () => {
        expect(summarise(buckets([0]), 100_000, 200_000)).toBeNull();
    });
});

describe("the view", () => {
    const NOW = 10_000_000;
    it("that reaches the present is live", () => {
        expect(viewOf(NOW - 60_000, NOW + 5, NOW)).toEqual({ span: 60_005, end: null });
        expect(viewOf(NOW - 90_000, NOW - 30_000, NOW)).toEqual({ span: 60_000, end: NOW - 30_000 });
    });
    it("goes back by a share and comes to live again", () => {
        const back = pan({ span: 60_000, end: null }, -0.5, NOW);
        expect(bounds(back, NOW)).toEqual([NOW - 90_000, NOW - 30_000]);
        expect(pan(back, 0.5, NOW).end).toBeNull();
    });
    it("stays live when it is zoomed while live", () => {
        expect(zoom({ span: 60_000, end: null }, 2, NOW)).toEqual({ span: 120_000, end: null });
    });
    it("keeps its middle when it is zoomed while held", () => {
        const [from, to] = bounds(zoom({ span: 60_000, end: NOW - 100_000 }, 0.5, NOW), NOW);
        expect((from + to) / 2).toBe(NOW - 130_000);
        expect(to - from).toBe(30_000);
    });
    it("has a shortest span", () => {
        expect(zoom({ span: 21_000, end: null }, 0.01, NOW).span).toBe(20_000);
    });
});

describe("a gap of one track beside another that has none", () => {
    it("is a gap at every moment that the other has, so that no line is drawn through it", () => {
        const whole = buckets([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000]);
        const broken = buckets([0, 10_000, 70_000, 80_000]);
        const [axis, , , , mean] = align([whole, broken]);
        const inside = axis.flatMap((t, n) => (t > 20_000 && t < 70_000 ? [(mean as unknown[])[n]] : []));
        expect(inside.length).toBeGreaterThan(3);
        expect(inside.every((v) => v === null)).toBe(true);
    });
});

describe("the marks of an axis", () => {
    it("have the decimals that none of them is rounded", () => {
        expect([1, 2.5, 20, 0.5, 0.25, 0.1].map(decimalsOfStep)).toEqual([0, 1, 0, 1, 2, 1]);
    });
});

describe("the limits of alarms", () => {
    const rule = { alarm: "warm", severity: "critical", kind: "above", limit: "-15", clear: -17 } as const;
    const kept = { ...({ id: 9, topic: "a", device: "d", name: "n", unit: "" } as const) };
    const of = (id: number, field: string) => ({
        ...kept,
        field,
        of: id,
        type: "boolean" as const,
        latest: null,
        stale: false,
    });
    it("belong to the series that the alarm's own is of", () => {
        const found = limitsOf([3], [of(3, "/t@alarm/warm"), of(4, "/t@alarm/warm")], [rule]);
        expect(found).toEqual([{ id: 3, kind: "above", at: -15, alarm: "warm" }]);
    });
    it("are none where nothing can be drawn", () => {
        expect(limitsOf([3], [of(3, "/t@alarm/other")], [rule])).toEqual([]);
        expect(limitsOf([3], [of(3, "/t@alarm/warm")], [{ ...rule, kind: "rate", limit: "2/min" }])).toEqual(
            [],
        );
    });
});

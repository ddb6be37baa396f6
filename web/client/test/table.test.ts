import { describe, expect, it } from "vitest";
import { type Delta, encodeGaps, FRESH, LATE, LiveTable, NEVER, STALE } from "../src/index.ts";

const T = 1_764_000_000_000;

function full(more: Partial<Delta> = {}): Delta {
    return {
        k: "d",
        from: 0,
        seq: 10,
        t: T,
        g: encodeGaps([3, 4, 16]),
        v: [21.4, "open", true],
        u: [],
        a: [500, 90_000, -1],
        i: [10_000, 10_000, 0],
        o: [0, 2, 3],
        ...more,
    };
}

function later(t: number, g: number[], v: Delta["v"], u: number[] = []): Delta {
    return { k: "d", from: 10, seq: 11, t, g: encodeGaps(g), v, u: encodeGaps(u) };
}

describe("a full update", () => {
    it("gives values, ages, intervals and freshness in the order of its ids", () => {
        const table = new LiveTable();
        expect(table.apply(full()).changed).toEqual([3, 4, 16]);
        expect(table.value[4]).toBe("open");
        expect(table.heard[3]).toBe(T - 500);
        expect(table.interval[3]).toBe(10_000);
        expect([3, 4, 16].map((id) => table.freshness(id, T))).toEqual([FRESH, STALE, NEVER]);
    });
    it("forgets what it does not name", () => {
        const table = new LiveTable();
        table.apply(full());
        table.apply(full({ g: [4], v: ["shut"], a: [0], i: [0], o: [0] }));
        expect(table.has(3)).toBe(false);
        expect(table.has(4)).toBe(true);
        expect(table.freshness(3, T)).toBe(NEVER);
    });
});

describe("an update", () => {
    it("changes what it names and keeps the rest", () => {
        const table = new LiveTable();
        table.apply(full());
        table.apply(later(T + 1000, [3], [21.5]));
        expect(table.value[3]).toBe(21.5);
        expect(table.value[4]).toBe("open");
    });
    it("makes fresh what was heard without a change", () => {
        const table = new LiveTable();
        table.apply(full());
        const { changed, heard } = table.apply(later(T + 1000, [], [], [4]));
        expect([changed, heard]).toEqual([[], [4]]);
        expect(table.heard[4]).toBe(T + 1000);
        expect(table.freshness(4, T + 1000)).toBe(FRESH);
    });
    it("after a break says how long ago each was heard", () => {
        const table = new LiveTable();
        table.apply(full());
        table.apply({ ...later(T + 600_000, [3], [22], [4]), a: [590_000], ua: [1000] });
        expect(table.heard[3]).toBe(T + 10_000);
        expect(table.heard[4]).toBe(T + 599_000);
        expect(table.freshness(3, T + 600_000)).toBe(STALE);
        expect(table.freshness(4, T + 600_000)).toBe(FRESH);
    });
    it("keeps a null, which is a value that JSON cannot say", () => {
        const table = new LiveTable();
        table.apply(full());
        table.apply(later(T + 1000, [3], [null]));
        expect(table.value[3]).toBeNull();
        expect(table.has(3)).toBe(true);
    });
});

describe("freshness", () => {
    it("is what the gateway says", () => {
        const table = new LiveTable();
        table.apply(full());
        table.applyState({ k: "st", g: encodeGaps([3, 4]), s: [1, 0] });
        expect(table.freshness(3, T)).toBe(LATE);
        expect(table.freshness(4, T - 80_000)).toBe(FRESH);
    });
    it("does not stay fresh while nothing comes, not even without a connection", () => {
        const table = new LiveTable();
        table.apply(full());
        expect(table.freshness(3, T + 14_000)).toBe(FRESH);
        expect(table.freshness(3, T + 18_000)).toBe(LATE);
        expect(table.freshness(3, T + 43_000)).toBe(STALE);
    });
    it("never grows stale before 30 s, however quick the series", () => {
        const table = new LiveTable();
        table.apply(full({ i: [100, 0, 0] }));
        expect(table.freshness(3, T + 29_000)).toBe(LATE);
        expect(table.freshness(3, T + 33_000)).toBe(STALE);
    });
    it("learns an interval where the gateway has told none", () => {
        const table = new LiveTable();
        table.apply(full({ g: [3], v: [1], a: [0], i: [0], o: [0] }));
        for (let n = 1; n <= 9; n++) table.apply(later(T + n * 2000, [3], [n]));
        expect(table.interval[3]).toBeCloseTo(2000);
    });
    it("learns nothing from a backlog that comes at once", () => {
        const table = new LiveTable();
        table.apply(full({ g: [3], v: [1], a: [0], i: [0], o: [0] }));
        for (let n = 1; n <= 9; n++) table.apply(later(T + n * 500, [3], [n]));
        expect(table.interval[3]).toBe(0);
        expect(table.freshness(3, T + 29_000)).toBe(FRESH);
    });
    it("leaves the gateway's interval alone", () => {
        const table = new LiveTable();
        table.apply(full());
        for (let n = 1; n <= 9; n++) table.apply(later(T + n * 2000, [3], [n]));
        expect(table.interval[3]).toBe(10_000);
    });
});

import { describe, expect, it } from "vitest";
import { cellsOf, nextPlace, pageOf, placeOf, wallPlan, wallZoom } from "../src/lib/wall.ts";

describe("a wall", () => {
    it("shows what its address says, one after the other", () => {
        const plan = wallPlan(new URLSearchParams("views=overview,d/cold-b&every=30"));
        expect(plan).toEqual({ views: ["overview", "d/cold-b"], every: 30_000 });
        expect([0, 1].map((n) => nextPlace(n, plan.views.length))).toEqual([1, 0]);
    });
    it("shows the overview where nothing useful is said, and never itself", () => {
        expect(wallPlan(new URLSearchParams("views=wall,,settings&every=x"))).toEqual({
            views: ["overview"],
            every: 20_000,
        });
        expect(wallPlan(new URLSearchParams("every=0.01")).every).toBe(5000);
    });
    it("goes to where an alarm is seen best", () => {
        expect(placeOf(["overview", "alarms", "d/cold-b"], "cold-b")).toBe(2);
        expect(placeOf(["overview", "alarms"], "cold-b")).toBe(1);
        expect(placeOf(["gateway"], "cold-b")).toBeNull();
    });
    it("is as large as its screen lets it be: 15 px of a desk are 30 px of a television", () => {
        expect(wallZoom(1920, 1080)).toBe(2);
        expect(wallZoom(3840, 2160)).toBe(4);
        expect(wallZoom(390, 844)).toBe(1);
    });
    it("shows as many rows as can be read, and no half ones", () => {
        expect(cellsOf(960, 300)).toEqual({ rows: 8, columns: 2 });
        expect(cellsOf(300, 10)).toEqual({ rows: 1, columns: 1 });
    });
    it("keeps what is urgent, and turns over the rest", () => {
        const seen = new Set<number>();
        for (let turn = 0; turn < 3; turn++) {
            const { shown, pages } = pageOf([1, 2], [3, 4, 5, 6, 7], 4, turn);
            expect(pages).toBe(3);
            expect(shown.slice(0, 2)).toEqual([1, 2]);
            for (const one of shown) seen.add(one);
        }
        expect([...seen].sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
        expect(pageOf([1, 2, 3, 4, 5], [6], 4, 1)).toEqual({ shown: [5], page: 1, pages: 2 });
        expect(pageOf([], [1], 4, 9)).toEqual({ shown: [1], page: 0, pages: 1 });
    });
});

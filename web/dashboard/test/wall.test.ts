import { describe, expect, it } from "vitest";
import { nextPlace, placeOf, wallPlan } from "../src/lib/wall.ts";

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
});

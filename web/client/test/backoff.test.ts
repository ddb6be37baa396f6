import { expect, it } from "vitest";
import { backoff } from "../src/index.ts";

it("waits 0.5, 1, 2, 4 and then 10 s for ever", () => {
    const waits = [0, 1, 2, 3, 4, 5, 1000].map((attempt) => backoff(attempt, () => 0.5));
    expect(waits).toEqual([500, 1000, 2000, 4000, 10000, 10000, 10000]);
});

it("spreads each wait over 30 % to either side", () => {
    expect(backoff(1, () => 0)).toBe(700);
    expect(backoff(1, () => 0.999999)).toBe(1300);
});

import { describe, expect, it } from "vitest";
import { PresentClock } from "../src/state/present.ts";

describe("the present", () => {
    it("goes on from word to word of the gateway", () => {
        let local = 0;
        const clock = new PresentClock(() => local);
        clock.hear(50_000);
        local = 1000;
        expect(clock.now()).toBe(51_000);
        clock.hear(51_000);
        local = 2000;
        expect(clock.now()).toBe(52_000);
    });
    it("stands still where nothing is heard, so that nothing grows old by it", () => {
        let local = 0;
        const clock = new PresentClock(() => local);
        clock.hear(50_000);
        local = 60_000;
        const stood = clock.now();
        expect(stood).toBeLessThan(52_000);
        local = 600_000;
        expect(clock.now()).toBe(stood);
        clock.hear(650_000);
        expect(clock.now()).toBe(650_000);
    });
    it("is this computer's until the gateway has spoken", () => {
        expect(new PresentClock(() => 7).now()).toBe(7);
    });
});

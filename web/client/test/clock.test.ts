import { expect, it } from "vitest";
import { GatewayClock } from "../src/index.ts";

it("takes the message with the least delay for the best", () => {
    let local = 1000;
    const clock = new GatewayClock(() => local);
    clock.hear(901_000); // the offset is 900 000, this one came at once
    local = 2000;
    clock.hear(901_700); // 300 ms late
    expect(clock.now()).toBeGreaterThan(901_950);
    expect(clock.now()).toBeLessThanOrEqual(902_000);
});

it("follows a gateway whose clock was set", () => {
    const clock = new GatewayClock(() => 1000);
    clock.hear(500_000);
    clock.hear(200_000);
    expect(clock.now()).toBe(200_000);
});

it("is the local clock until something was heard", () => {
    expect(new GatewayClock(() => 42).now()).toBe(42);
});

import { describe, expect, it } from "vitest";
import type { Series } from "../../client/src/index.ts";
import { controlOf, filterMatches } from "../src/lib/control.ts";

const of = (topic: string, field = ""): Series => ({
    id: 1,
    topic,
    field,
    device: "d",
    name: "n",
    unit: "",
    type: "boolean",
    latest: null,
    stale: false,
});

describe("a command's topic", () => {
    it("is the family's own", () => {
        expect(controlOf(of("stat/kitchen/POWER2")).topic).toBe("cmnd/kitchen/POWER2");
        expect(controlOf(of("tele/kitchen/STATE", "/POWER")).topic).toBe("cmnd/kitchen/POWER");
        expect(controlOf(of("shellies/porch/relay/0")).topic).toBe("shellies/porch/relay/0/command");
        expect(controlOf(of("node/switch/pump/state")).topic).toBe("node/switch/pump/command");
        expect(controlOf(of("homie/boiler/heater/on")).topic).toBe("homie/boiler/heater/on/set");
        expect(controlOf(of("plant/hall/fan/state", "/running")).topic).toBe("plant/hall/fan/set");
    });
    it("comes with the payload that it expects", () => {
        expect(controlOf(of("zigbee2mqtt/lamp", "/state")).on).toBe('{"state":"ON"}');
        expect(controlOf(of("zigbee2mqtt/lamp", "/brightness")).set?.("120")).toBe('{"brightness":120}');
        expect(controlOf(of("plant/hall/fan/state", "/running")).off).toBe('{"running":false}');
        expect(controlOf(of("plant/hall/mode/state", "/mode")).set?.("auto")).toBe('{"mode":"auto"}');
    });
});

describe("a topic filter", () => {
    it("lets through what MQTT says", () => {
        expect(filterMatches("cmnd/#", "cmnd/kitchen/POWER")).toBe(true);
        expect(filterMatches("cmnd/+/POWER", "cmnd/kitchen/POWER")).toBe(true);
        expect(filterMatches("cmnd/+", "cmnd/kitchen/POWER")).toBe(false);
        expect(filterMatches("cmnd/kitchen/POWER/x", "cmnd/kitchen/POWER")).toBe(false);
        expect(filterMatches("a/#", "a")).toBe(true);
    });
});

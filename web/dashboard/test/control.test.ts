import { describe, expect, it } from "vitest";
import type { Series, ToldControl } from "../../client/src/index.ts";
import { controlsOf, customOf, filterMatches, payloadOf, prefixOf } from "../src/lib/control.ts";

let ids = 0;
const of = (topic: string, field = "", type: Series["type"] = "boolean", v?: string): Series => ({
    id: ++ids,
    topic,
    field,
    device: "d",
    name: "n",
    unit: "",
    type,
    latest: v === undefined ? null : { t: 1, v, retained: false },
    stale: false,
});

const sent = (s: Series, value: string): string[] => {
    const [control] = controlsOf([s], []);
    return control ? [control.topic, payloadOf(control, value)] : [];
};

describe("the custom of a family", () => {
    it("switches and dims Tasmota", () => {
        expect(customOf(of("stat/kitchen/POWER2"))).toMatchObject({
            kind: "switch",
            topic: "cmnd/kitchen/POWER2",
            values: ["ON", "OFF", "TOGGLE"],
        });
        expect(customOf(of("tele/kitchen/STATE", "/POWER"))?.topic).toBe("cmnd/kitchen/POWER");
        expect(customOf(of("stat/kitchen/RESULT", "/Dimmer", "number"))).toMatchObject({
            kind: "number",
            topic: "cmnd/kitchen/Dimmer",
            min: 0,
            max: 100,
        });
        expect(customOf(of("house/stat/kitchen/POWER"))?.topic).toBe("house/cmnd/kitchen/POWER");
        expect(customOf(of("kitchen/tele/STATE", "/POWER"))?.topic).toBe("kitchen/cmnd/POWER");
    });
    it("guesses nothing for what a device only reports", () => {
        for (const [topic, field] of [
            ["tele/kitchen/SENSOR", "/ENERGY/ApparentPower"],
            ["tele/kitchen/SENSOR", "/ENERGY/Power"],
            ["tele/kitchen/LWT", ""],
            ["tele/kitchen/STATE", "/Wifi/RSSI"],
            ["shellies/porch/relay/0/power", ""],
            ["shellies/porch/online", ""],
            ["porch/status/switch:0", "/apower"],
            ["porch/status/sys", "/uptime"],
            ["zigbee2mqtt/lamp", "/linkquality"],
            ["zigbee2mqtt/lamp/availability", ""],
            ["zigbee2mqtt/bridge/state", "/state"],
            ["node/binary_sensor/motion/state", ""],
            ["node/sensor/temperature/state", ""],
            ["homie/boiler/heater/on", ""],
            ["plant/hall/fan/state", "/running"],
            ["plant/door", ""],
        ] as const)
            expect(customOf(of(topic, field)), `${topic}#${field}`).toBeNull();
    });
    it("is that of Shelly, both generations", () => {
        expect(sent(of("shellies/porch/relay/0"), "on")).toEqual(["shellies/porch/relay/0/command", "on"]);
        expect(sent(of("shellies/porch/light/0/status", "/brightness"), "40")).toEqual([
            "shellies/porch/light/0/set",
            '{"brightness":40}',
        ]);
        expect(customOf(of("shellies/porch/roller/0", "", "text"))?.values).toEqual([
            "open",
            "close",
            "stop",
        ]);
        expect(sent(of("shellies/porch/roller/0/pos", "", "number"), "70")).toEqual([
            "shellies/porch/roller/0/command/pos",
            "70",
        ]);
        expect(sent(of("porch/status/switch:1", "/output"), "off")).toEqual([
            "porch/command/switch:1",
            "off",
        ]);
        expect(JSON.parse(sent(of("porch/status/light:0", "/brightness"), "40")[1] as string)).toMatchObject({
            method: "Light.Set",
            params: { id: 0, brightness: 40 },
        });
    });
    it("is that of Zigbee2MQTT and ESPHome", () => {
        const state = (v?: string) => of("zigbee2mqtt/thing", "/state", "text", v);
        expect(sent(state("OFF"), "ON")).toEqual(["zigbee2mqtt/thing/set", '{"state":"ON"}']);
        expect(customOf(state("OPEN"))?.values).toEqual(["OPEN", "CLOSE", "STOP"]);
        expect(customOf(state("LOCK"))?.values).toEqual(["LOCK", "UNLOCK"]);
        expect(customOf(state("online"))).toBeNull();
        expect(customOf(state())).toBeNull();
        expect(customOf(of("zigbee2mqtt/lamp", "/brightness", "number"))).toMatchObject({ min: 0, max: 254 });
        expect(sent(of("node/switch/pump/state"), "TOGGLE")).toEqual(["node/switch/pump/command", "TOGGLE"]);
        expect(sent(of("node/light/hall/state", "/brightness", "number"), "99")).toEqual([
            "node/light/hall/command",
            '{"state":"ON","brightness":99}',
        ]);
        expect(customOf(of("node/cover/blind/state", "", "text"))?.values).toEqual(["OPEN", "CLOSE", "STOP"]);
    });
    it("leaves series alone that the gateway makes", () => {
        expect(customOf({ ...of("stat/kitchen/POWER"), of: 3 })).toBeNull();
    });
});

describe("what a device says that it can be told", () => {
    const said = (more: Partial<ToldControl>): ToldControl => ({
        command: "c",
        kind: "switch",
        shape: "%v",
        topic: "",
        field: "",
        name: "",
        device: "d",
        unit: "",
        series: null,
        values: [],
        ...more,
    });
    it("goes before the custom of its family", () => {
        const lamp = of("zigbee2mqtt/lamp", "/brightness", "number");
        const controls = controlsOf(
            [lamp],
            [
                said({
                    command: "zigbee2mqtt/lamp/set",
                    shape: '{"brightness":%v}',
                    kind: "number",
                    series: lamp.id,
                    max: 100,
                }),
            ],
        );
        expect(controls).toHaveLength(1);
        expect(controls[0]).toMatchObject({ series: lamp, max: 100 });
    });
    it("is offered also where no series shows it", () => {
        const [button] = controlsOf([], [said({ kind: "button", name: "Restart", values: ["PRESS"] })]);
        expect(button).toMatchObject({ series: null, name: "Restart" });
    });
    it("is once what several series show", () => {
        const list = [of("stat/k/POWER"), of("tele/k/STATE", "/POWER"), of("stat/k/RESULT", "/POWER")];
        expect(controlsOf(list, [])).toHaveLength(1);
    });
    it("is sent as its payload is built", () => {
        const [mode] = controlsOf([], [said({ kind: "text", shape: '{"mode":"%v"}' })]);
        expect(mode && payloadOf(mode, 'a "b" $&')).toBe('{"mode":"a \\"b\\" $&"}');
    });
});

describe("the beginning of another command", () => {
    it("is the family's, and nothing where none is known", () => {
        expect(prefixOf(of("tele/kitchen/SENSOR", "/ENERGY/ApparentPower"))).toBe("cmnd/kitchen/");
        expect(prefixOf(of("shellies/porch/relay/0/power"))).toBe("shellies/porch/");
        expect(prefixOf(of("porch/status/switch:0", "/apower"))).toBe("porch/command/");
        expect(prefixOf(of("zigbee2mqtt/lamp", "/linkquality"))).toBe("zigbee2mqtt/lamp/set");
        expect(prefixOf(of("homie/5/boiler/heater/on"))).toBe("homie/5/boiler/");
        expect(prefixOf(of("homie/boiler/heater/on"))).toBe("homie/boiler/");
        expect(prefixOf(of("node/sensor/temperature/state"))).toBe("node/");
        expect(prefixOf(of("plant/door"))).toBe("");
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

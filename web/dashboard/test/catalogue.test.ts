import { describe, expect, it } from "vitest";
import type { Series } from "../../client/src/index.ts";
import { areaOf, arrange, Catalogue, deviceLabel, matches, metricLabel } from "../src/state/catalogue.ts";

const series = (
    id: number,
    topic: string,
    device: string,
    name: string,
    v: number | null = null,
): Series => ({
    id,
    topic,
    field: "/x",
    device,
    name,
    unit: "°C",
    type: "number",
    latest: v === null ? null : { t: 0, v, retained: false },
    stale: false,
});

describe("the order of rows", () => {
    const list = [
        series(1, "hall/b/x", "b", "Power", 3),
        series(2, "hall/a/x", "a", "Power", 9),
        series(3, "yard/c/x", "c", "Power", 5),
    ];
    const shown = (order: Parameters<typeof arrange>[3]) =>
        arrange(list, "area", "", order).map((item) =>
            item.kind === "group" ? item.label : item.series.device,
        );
    it("is by name, area after area", () => {
        expect(shown({})).toEqual(["hall", "a", "b", "yard", "c"]);
    });
    it("has what is urgent first, and its area before the others", () => {
        expect(shown({ urgent: (s) => s.id === 3 })).toEqual(["yard", "c", "hall", "a", "b"]);
        expect(shown({ urgent: (s) => s.id === 1 })).toEqual(["hall", "b", "a", "yard", "c"]);
    });
    it("can go by another key within each area", () => {
        expect(shown({ key: (s) => s.latest?.v as number })).toEqual(["hall", "b", "a", "yard", "c"]);
    });
});

describe("the area of a device", () => {
    it("is the topic above it", () => {
        expect(areaOf("plant2/cold/cold-b/state", "cold-b")).toBe("plant2/cold");
        expect(areaOf("/plant2/Cold-B/state", "cold-b")).toBe("plant2");
    });
    it("is the family's name where the topic names no place", () => {
        expect(areaOf("tele/kitchen/SENSOR", "kitchen")).toBe("Tasmota");
        expect(areaOf("zigbee2mqtt/lamp", "lamp")).toBe("Zigbee2MQTT");
        expect(areaOf("tele/cellar/pump/SENSOR", "pump")).toBe("cellar");
    });
    it("is none for a device at the top", () => {
        expect(areaOf("node/uptime", "node")).toBe("");
    });
    it("is told by the shape of the topic for those that stand at the top by custom", () => {
        expect(areaOf("shellyplus1pm-5432/status/switch:0", "shellyplus1pm-5432")).toBe("Shelly");
        expect(areaOf("esp-air-01/sensor/temperature/state", "esp-air-01")).toBe("ESPHome");
        expect(areaOf("esp-air-01/status", "esp-air-01")).toBe("ESPHome");
    });
    it("is part of a device's name that is a topic", () => {
        expect(areaOf("plant/boiler-house/pump-01/pressure", "plant/boiler-house/pump-01")).toBe(
            "plant/boiler-house",
        );
        expect(deviceLabel("plant/boiler-house/pump-01")).toBe("pump-01");
        expect(deviceLabel("pump-01")).toBe("pump-01");
    });
    it("is the first level where the device is not in the topic", () => {
        expect(areaOf("site/a/b", "meter")).toBe("site");
    });
});

it("a series is named as a person would write it, unless it has a name already", () => {
    const names = ["motor_temperature", "temperature", "AM2301 DewPoint", "co2", "switch:0 apower", "_"];
    expect(names.map(metricLabel)).toEqual([
        "Motor temperature",
        "Temperature",
        "AM2301 DewPoint",
        "co2",
        "switch:0 apower",
        "_",
    ]);
});

describe("the order of rows", () => {
    const list = [
        series(1, "hall/node-10/s", "node-10", "B"),
        series(2, "hall/node-2/s", "node-2", "B"),
        series(3, "hall/node-2/s", "node-2", "A"),
        series(4, "annex/x/s", "x", "A"),
        series(5, "lone/s", "lone", "A"),
    ];
    it("is natural, under a heading for each area", () => {
        const rows = arrange(list, "area", "Top level").map((i) =>
            i.kind === "group" ? i.label : i.series.id,
        );
        expect(rows).toEqual(["annex", 4, "hall", 3, 2, 1, "Top level", 5]);
    });
    it("says where a device begins", () => {
        const firsts = arrange(list, "area", "Top level").flatMap((i) =>
            i.kind === "row" && i.first ? [i.series.id] : [],
        );
        expect(firsts).toEqual([4, 3, 1, 5]);
    });
    it("has no headings where none are wanted", () => {
        expect(arrange(list, "none", "").every((i) => i.kind === "row")).toBe(true);
    });
});

describe("the filter", () => {
    const s = series(1, "plant2/cold/cold-b/state", "cold-b", "Air temperature");
    it("finds each word in device, name, topic or unit", () => {
        expect(matches(s, ["cold-b", "air"])).toBe(true);
        expect(matches(s, ["plant2", "°c"])).toBe(true);
        expect(matches(s, ["cold-b", "humidity"])).toBe(false);
    });
});

describe("the catalogue", () => {
    it("takes pages that overlap, and knows where the next begins", () => {
        const catalogue = new Catalogue();
        catalogue.add([series(1, "a/s", "a", "A"), series(2, "a/s", "a", "B")]);
        catalogue.add([series(2, "a/s", "a", "B"), series(7, "b/s", "b", "A")]);
        expect(catalogue.size).toBe(3);
        expect(catalogue.lastId).toBe(7);
        expect(catalogue.byDevice.get("a")).toHaveLength(2);
    });
    it("takes a new name, and a new device, for a series that is there", () => {
        const catalogue = new Catalogue();
        catalogue.add([series(1, "a/s", "a", "A"), series(2, "a/s", "a", "B"), series(3, "b/s", "b", "C")]);
        catalogue.add([series(1, "a/s", "a", "Flow")]);
        expect(catalogue.byId[1]?.name).toBe("Flow");
        expect(catalogue.byDevice.get("a")?.map((s) => s.name)).toEqual(["Flow", "B"]);
        catalogue.add([series(3, "b/s", "a", "C")]);
        expect(catalogue.byDevice.has("b")).toBe(false);
        expect(catalogue.byDevice.get("a")).toHaveLength(3);
        expect(catalogue.size).toBe(3);
    });
    it("keeps the most decimals seen, so that columns do not jump", () => {
        const catalogue = new Catalogue();
        catalogue.add([series(1, "a/s", "a", "A", 21.4)]);
        catalogue.sawNumber(1, 21);
        expect(catalogue.decimals[1]).toBe(1);
    });
});

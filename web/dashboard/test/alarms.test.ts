import { afterEach, describe, expect, it } from "vitest";
import type { Alarm, Series } from "../../client/src/index.ts";
import { setLanguage } from "../src/i18n/t.ts";
import { alarmText, arrangeAlarms, conditionText, raisedText, worstBySeries } from "../src/lib/alarms.ts";
import { setWishes } from "../src/lib/units.ts";
import { Catalogue, isAlarmSeries, matches } from "../src/state/catalogue.ts";

const alarm = (more: Partial<Alarm>): Alarm => ({
    id: 1,
    alarm: "warm",
    state: "open",
    severity: "warning",
    series: 3,
    topic: "a",
    field: "/t",
    device: "freezer",
    name: "Temperature",
    unit: "°C",
    kind: "above",
    limit: "-15",
    value: -14.25,
    text: "",
    since: 0,
    raised: 0,
    cleared: null,
    cleared_by: "",
    acknowledged: null,
    by: "",
    note: "",
    flapping: false,
    unsynchronised: false,
    ...more,
});

const series = (id: number, field: string): Series => ({
    id,
    topic: "a",
    field,
    device: "freezer",
    name: "Temperature",
    unit: "",
    type: "boolean",
    latest: null,
    stale: false,
});

describe("an alarm", () => {
    afterEach(() => {
        setLanguage("en");
        setWishes([]);
    });

    it("says its own text where it has one", () => {
        expect(alarmText(alarm({ text: "too warm" }))).toBe("too warm");
    });
    it("says otherwise what met which condition, in the page's language", () => {
        expect(alarmText(alarm({}))).toBe("\u221214.25\u00a0°C, above \u221215\u00a0°C");
        expect(alarmText(alarm({ unit: "", value: 7 }))).toBe("7, above \u221215");
        expect(alarmText(alarm({ kind: "stale", value: 600, limit: "auto" }))).toBe(
            "nothing heard for 10 min",
        );
        setLanguage("de");
        expect(alarmText(alarm({ kind: "rate", limit: "+2/min", value: 3 }))).toBe(
            "3\u00a0°C, ändert sich schneller als +2\u00a0°C/min",
        );
    });
    it("names its limit and what raised it, both with the unit that is wished", () => {
        expect(conditionText(alarm({}))).toBe("above \u221215\u00a0°C");
        expect(raisedText(alarm({}))).toBe("\u221214.25\u00a0°C");
        expect(conditionText(alarm({ kind: "rate", limit: "+2/min" }))).toBe(
            "changes faster than +2\u00a0°C/min",
        );
        expect(conditionText(alarm({ kind: "equals", limit: "open", unit: "" }))).toBe("is open");
        setWishes(["°F"]);
        expect(conditionText(alarm({}))).toBe("above 5\u00a0°F");
        expect(raisedText(alarm({ value: -14 }))).toBe("7\u00a0°F");
        // A difference has no zero point.
        expect(conditionText(alarm({ kind: "rate", limit: "-5/min" }))).toBe(
            "changes faster than \u22129\u00a0°F/min",
        );
    });
    it("stands where it is to be seen: unseen, then worst, then newest", () => {
        const list = [
            alarm({ id: 1, state: "acknowledged", severity: "critical" }),
            alarm({ id: 2, severity: "info" }),
            alarm({ id: 3, severity: "critical" }),
            alarm({ id: 4, severity: "critical" }),
        ];
        expect(arrangeAlarms(list).map((one) => one.id)).toEqual([4, 3, 2, 1]);
    });
    it("marks its series by the worst one", () => {
        const worst = worstBySeries([
            alarm({ id: 1, series: 3, severity: "info" }),
            alarm({ id: 2, series: 3, severity: "critical" }),
            alarm({ id: 3, series: 4 }),
        ]);
        expect(worst.get(3)?.id).toBe(2);
        expect(worst.get(4)?.id).toBe(3);
    });
    it("keeps its own series out of the tables and still counts it", () => {
        const own = { ...series(2, "/t@alarm/warm"), of: 1 };
        expect(isAlarmSeries(own)).toBe(true);
        expect(isAlarmSeries(series(3, "/t@alarm/warm"))).toBe(false); // so a device calls it
        expect(matches(own, [])).toBe(false);
        expect(matches(series(1, "/t"), [])).toBe(true);
        const catalogue = new Catalogue();
        catalogue.add([series(1, "/t"), own]);
        expect(catalogue.size).toBe(2);
        expect(catalogue.byDevice.get("freezer")?.map((one) => one.id)).toEqual([1]);
    });
});

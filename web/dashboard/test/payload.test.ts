import { describe, expect, it } from "vitest";
import { hexLines, pretty } from "../src/lib/payload.ts";
import { parseRoute } from "../src/lib/route.ts";

describe("a payload", () => {
    it("is indented where it is JSON", () => {
        expect(pretty('{"a": {"b":1}}', true)).toBe('{\n  "a": {\n    "b": 1\n  }\n}');
        expect(pretty('{"a": "x  \\" y"}', true)).toBe('{\n  "a": "x  \\" y"\n}');
    });
    it("stays byte for byte where indenting would change more than spaces", () => {
        for (const text of ['{"n":12345678901234567890}', '{"a":1,"a":2}', '{"n":1.50}', "{broken", "21.4"])
            expect(pretty(text, true)).toBe(text);
        expect(pretty('{"a":1}', false)).toBe('{"a":1}');
    });
    it("that is no text is shown as bytes, sixteen a line", () => {
        expect(hexLines("68aeff")).toBe("68 ae ff");
        expect(hexLines("00".repeat(17)).split("\n")).toHaveLength(2);
    });
});

describe("an address", () => {
    it("names the view, and what is asked of it", () => {
        expect(parseRoute("")).toEqual({ view: "overview" });
        expect(parseRoute("#/settings")).toEqual({ view: "settings" });
        expect(parseRoute("#/nowhere")).toEqual({ view: "overview" });
        const device = parseRoute("#/d/hall%2Fpump?s=3,4&span=300000");
        expect(device).toMatchObject({ view: "device", device: "hall/pump" });
        expect(device.view === "device" && device.ask.get("s")).toBe("3,4");
        expect(parseRoute("#/d/100%")).toMatchObject({ device: "100%" });
    });
});

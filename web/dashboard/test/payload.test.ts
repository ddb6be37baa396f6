import { describe, expect, it } from "vitest";
import { hexLines, pretty } from "../src/lib/payload.ts";

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

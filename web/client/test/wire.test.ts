import { describe, expect, it } from "vitest";
import { decodeGaps, encodeGaps } from "../src/index.ts";

describe("gap coding", () => {
    it("reads the document's example", () => {
        expect(decodeGaps([3, 1, 12])).toEqual([3, 4, 16]);
    });
    it("reads nothing as nothing", () => {
        expect(decodeGaps([])).toEqual([]);
    });
    it("gives back what was put in, for any rising ids", () => {
        for (let round = 1; round < 50; round++) {
            const ids = Array.from({ length: 200 }, (_, n) => n).filter((n) => (n * 7919 * round) % 5 < 2);
            expect(decodeGaps(encodeGaps(ids))).toEqual(ids);
        }
    });
});

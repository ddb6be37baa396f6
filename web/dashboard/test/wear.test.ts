import { describe, expect, it } from "vitest";
import { wearText } from "../src/lib/wear.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

describe("card wear", () => {
    it("says what was written so far while there is no rate yet", () => {
        expect(plain(wearText({ bytes: 4_200_000, day: null, days_left: null }))).toBe("4.2 MB so far");
    });
    it("says what is written a day", () => {
        expect(plain(wearText({ bytes: 9e9, day: 640e6, days_left: null }))).toBe("640 MB a day");
    });
    it("says how long a card of a known endurance lasts", () => {
        expect(plain(wearText({ bytes: 9e9, day: 640e6, days_left: 1_460 }))).toBe(
            "640 MB a day, lasts 4.0 years",
        );
        expect(plain(wearText({ bytes: 9e9, day: 640e6, days_left: 7_300 }))).toContain("lasts 20 years");
    });
});

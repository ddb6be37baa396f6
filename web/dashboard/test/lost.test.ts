import { afterEach, describe, expect, it } from "vitest";
import type { GapRecord } from "../../client/src/index.ts";
import { stretches } from "../src/chart/lanes.tsx";
import { align, markGaps, type Track } from "../src/chart/track.ts";
import { setLanguage } from "../src/i18n/t.ts";
import { lossesOf, lostReason, lostText } from "../src/lib/lost.ts";

const HOUR = 3_600_000;

function gap(more: Partial<GapRecord>): GapRecord {
    return {
        id: 1,
        at: 100 * HOUR,
        of: "readings",
        resolution_ms: 60_000,
        reason: "bytes",
        upstream: "",
        from: 10 * HOUR,
        to: 11 * HOUR,
        count: 3010,
        series_count: 2,
        series: [{ id: 7, count: 3000 }],
        ...more,
    };
}

function track(t: number[]): Track {
    const flat = t.map(() => 1);
    return { id: 7, t, mean: flat, min: flat, max: flat, count: flat, state: null, step: 0, interval: HOUR };
}

afterEach(() => setLanguage("en"));

describe("what was given up, in words", () => {
    it("says what is left of it", () => {
        expect(lostText(gap({}))).toBe("3\u00a0010 readings kept as minutes only");
        expect(lostText(gap({ resolution_ms: HOUR }))).toBe("3\u00a0010 readings kept as hours only");
        expect(lostText(gap({ of: "minutes", resolution_ms: HOUR, count: 1 }))).toBe(
            "1 minute kept as hours only",
        );
        expect(lostText(gap({ of: "hours", resolution_ms: null, count: 2 }))).toBe("2 hours dropped");
        expect(lostText(gap({ resolution_ms: null, count: 1 }))).toBe("1 reading dropped");
    });

    it("names the upstream that does not get it, and owns up where the number is not known", () => {
        expect(lostText(gap({ upstream: "eu1", count: 1 }))).toBe("1 reading not sent to eu1");
        expect(lostText(gap({ reason: "damage", count: 0 }))).toBe("Some readings were lost");
    });

    it("says why, in the language of the page, and passes on a reason that it does not know", () => {
        expect(lostReason(gap({ reason: "disk" }))).toBe("The disk was nearly full");
        expect(lostReason(gap({ reason: "flood" as GapRecord["reason"] }))).toBe("flood");
        setLanguage("de");
        expect(lostReason(gap({ reason: "disk" }))).toBe("Der Datenträger war fast voll");
    });
});

describe("losses on a chart", () => {
    it("are those of history, of the series, with a known time", () => {
        const records = [
            gap({}),
            gap({ upstream: "eu1" }),
            gap({ series: [{ id: 8, count: 1 }] }),
            gap({ from: null, to: null }),
        ];
        const losses = lossesOf(records, 7);
        expect(losses).toEqual([
            { from: 10 * HOUR, to: 11 * HOUR, whole: false, label: "thinned: history had reached its size" },
        ]);
    });

    it("are one where they touch and have one reason", () => {
        const day = (n: number, more = {}) =>
            gap({ from: 24 * n * HOUR, to: 24 * (n + 1) * HOUR - 1000, ...more });
        const losses = lossesOf(
            [day(3), day(1), day(2, { resolution_ms: null, reason: "damage" }), day(0)],
            7,
        );
        expect(losses.map((loss) => [loss.from / HOUR, loss.whole])).toEqual([
            [0, false],
            [48, true],
            [72, false],
        ]);
        expect(losses[0]?.to).toBe(48 * HOUR - 1000);
    });

    it("break the line, though the silence is shorter than a gap", () => {
        const short = [{ from: 11 * HOUR + 5, to: 11 * HOUR + 50, whole: true, label: "lost" }];
        const [axis, mean] = align([track([10 * HOUR, 11 * HOUR, 12 * HOUR])], [short]);
        expect(mean).toEqual([1, 1, null, 1]);
        expect(axis[2]).toBe(11 * HOUR + 6);
    });

    it("break no line where minutes are left", () => {
        const [, mean] = align(
            [track([10 * HOUR, 11 * HOUR, 12 * HOUR])],
            [[{ from: 10 * HOUR, to: 12 * HOUR, whole: false, label: "thinned" }]],
        );
        expect(mean).toEqual([1, 1, 1]);
    });

    it("end a state, which is not known to have lasted", () => {
        const states = { ...track([10 * HOUR, 14 * HOUR]), state: ["on", "on"] };
        const lost = [{ from: 11 * HOUR, to: 13 * HOUR, whole: true, label: "lost" }];
        expect(stretches(states, 0, 20 * HOUR, 20 * HOUR, lost)).toEqual([
            { from: 10 * HOUR, to: 11 * HOUR, state: "on" },
            { from: 14 * HOUR, to: 20 * HOUR, state: "on" },
        ]);
        expect(stretches(states, 0, 20 * HOUR, 20 * HOUR)).toHaveLength(1);
    });

    it("give a silence its reason", () => {
        const lost = { from: 10.5 * HOUR, to: 14 * HOUR, whole: true, label: "lost: a file was damaged" };
        const thin = { from: 0, to: HOUR, whole: false, label: "thinned" };
        expect(
            markGaps(
                [
                    [10 * HOUR, 15 * HOUR],
                    [20 * HOUR, 30 * HOUR],
                ],
                [lost, thin],
            ),
        ).toEqual([
            { from: 10 * HOUR, to: 15 * HOUR, whole: true, label: "lost: a file was damaged" },
            { from: 20 * HOUR, to: 30 * HOUR, whole: true, label: undefined },
            thin,
        ]);
    });
});

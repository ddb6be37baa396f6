import { describe, expect, it, vi } from "vitest";
import { Api, type History } from "../../client/src/index.ts";
import { NumberSpark, SPARK_MS, Sparks, StateSpark } from "../src/state/sparks.ts";

const T = 1_764_000_000_000;
const source = { now: () => T, latest: (): [number, number] | null => null, saw: () => {} };

describe("a number's picture", () => {
    it("takes the mean of each bucket", () => {
        const spark = new NumberSpark();
        spark.add(T, 10);
        spark.add(T + 1000, 20);
        spark.add(T + 40_000, 7);
        expect(spark.mean).toEqual([15, 7]);
    });
    it("forgets what is older than a quarter of an hour", () => {
        const spark = new NumberSpark();
        for (let t = T; t < T + 2 * SPARK_MS; t += 10_000) spark.add(t, 1);
        expect(spark.mean.length).toBeLessThanOrEqual(49);
    });
    it("does not go back in time", () => {
        const spark = new NumberSpark();
        spark.add(T + 40_000, 7);
        spark.add(T, 10);
        expect(spark.mean).toEqual([7]);
    });
});

describe("a state's picture", () => {
    it("keeps changes only, and the state that the window began with", () => {
        const spark = new StateSpark();
        spark.add(T, "on");
        spark.add(T + 1000, "on");
        spark.add(T + 2000, "off");
        spark.add(T + SPARK_MS + 60_000, "on");
        expect(spark.state).toEqual(["off", "on"]);
    });
});

describe("the pictures on screen", () => {
    const answer = (ids: number[]): History => ({
        resolution_ms: 10_000,
        from: 0,
        to: T,
        series: ids.map((id) => ({ id, t: [T - 60_000], min: [1], mean: [2], max: [3], count: [5] })),
    });

    it("are asked for together, 64 in a request, and only once", async () => {
        vi.useFakeTimers();
        const api = new Api("http://gateway/");
        const history = vi.spyOn(api, "history").mockImplementation(async (ids) => answer(ids));
        const sparks = new Sparks(api, source);
        for (let id = 1; id <= 100; id++) sparks.show(id);
        await vi.advanceTimersByTimeAsync(500);
        sparks.hide(5);
        sparks.show(5);
        await vi.advanceTimersByTimeAsync(500);
        expect(history.mock.calls.map(([ids]) => ids.length)).toEqual([64, 36]);
        expect((sparks.get(100) as NumberSpark).mean).toEqual([2]);
        vi.useRealTimers();
    });

    it("are carried forward by readings that came while history was under way", async () => {
        vi.useFakeTimers();
        const api = new Api("http://gateway/");
        vi.spyOn(api, "history").mockImplementation(async (ids) => {
            await new Promise((done) => setTimeout(done, 200));
            return answer(ids);
        });
        const sparks = new Sparks(api, source);
        sparks.show(1);
        await vi.advanceTimersByTimeAsync(100);
        sparks.live(1, T, 9);
        await vi.advanceTimersByTimeAsync(500);
        expect((sparks.get(1) as NumberSpark).mean).toEqual([2, 9]);
        vi.useRealTimers();
    });

    it("end with the latest value, which may not be committed yet", async () => {
        vi.useFakeTimers();
        const api = new Api("http://gateway/");
        vi.spyOn(api, "history").mockImplementation(async (ids) => answer(ids));
        const seen: number[] = [];
        const sparks = new Sparks(api, { now: () => T, latest: () => [T, 7], saw: (_, v) => seen.push(v) });
        sparks.show(1);
        await vi.advanceTimersByTimeAsync(500);
        expect((sparks.get(1) as NumberSpark).mean).toEqual([2, 7]);
        expect(seen).toEqual([1]);
        vi.useRealTimers();
    });

    it("are asked for again when the request failed", async () => {
        vi.useFakeTimers();
        const api = new Api("http://gateway/");
        const history = vi.spyOn(api, "history").mockRejectedValueOnce(new Error("gone"));
        history.mockImplementation(async (ids) => answer(ids));
        const sparks = new Sparks(api, source);
        sparks.show(1);
        await vi.advanceTimersByTimeAsync(10_000);
        expect(sparks.get(1)).toBeDefined();
        vi.useRealTimers();
    });
});

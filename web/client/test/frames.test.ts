import { describe, expect, it } from "vitest";
import { Frames } from "../src/index.ts";

describe("what is gathered for a frame", () => {
    it("is drawn once a frame, each id once", () => {
        const drawn: number[][] = [];
        const waiting: (() => void)[] = [];
        const frames = new Frames(
            (ids) => drawn.push([...ids]),
            (callback) => waiting.push(callback),
        );
        frames.touch([]);
        expect(waiting).toHaveLength(0);
        frames.touch([3, 1]);
        frames.touch([1, 2]);
        expect(waiting).toHaveLength(1);
        expect(drawn).toEqual([]);
        waiting.shift()?.();
        expect(drawn).toEqual([[3, 1, 2]]);
        frames.touch([2]);
        waiting.shift()?.();
        expect(drawn).toEqual([[3, 1, 2], [2]]);
    });
});

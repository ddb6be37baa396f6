import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Followed, follow } from "../src/index.ts";

class FakeSocket {
    static last: FakeSocket;
    readyState = 1;
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: (() => void) | null = null;
    sent: string[] = [];
    constructor(readonly url: string) {
        FakeSocket.last = this;
    }
    send(text: string) {
        this.sent.push(text);
    }
    close() {}
    say(m: object) {
        this.onmessage?.({ data: JSON.stringify(m) });
    }
}

const frames: (() => void)[] = [];

beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("location", { origin: "http://pi:8080" });
    vi.stubGlobal("requestAnimationFrame", (callback: () => void) => frames.push(callback));
    vi.stubGlobal("WebSocket", FakeSocket);
    vi.stubGlobal("fetch", async () => ({
        ok: true,
        json: async () => ({ series: [{ id: 7, topic: "plant/a" }], next: null }),
    }));
});
afterEach(() => {
    frames.length = 0;
    vi.unstubAllGlobals();
    vi.useRealTimers();
});

it("draws names and values of what is subscribed, once a frame", async () => {
    const drawn: [number[], unknown, string | undefined][] = [];
    const followed: Followed = follow({ sub: { match: ["plant/#"] } }, (ids, of) => {
        drawn.push([[...ids], of.table.value[7], of.series.get(7)?.topic]);
    });
    const socket = FakeSocket.last;
    expect(socket.url).toBe("ws://pi:8080/api/v1/live");
    socket.onopen?.();
    expect(JSON.parse(socket.sent[0] as string).sub).toEqual({ match: ["plant/#"] });
    socket.say({ k: "welcome", v: 1, epoch: "e", seq: 0, t: 1, rate: 500, resume: false, hb: 5000, rev: 1 });
    socket.say({ k: "d", from: 0, seq: 1, t: 1, g: [7], v: [21.4], u: [], a: [0], i: [0], o: [0] });
    socket.say({ k: "d", from: 1, seq: 2, t: 2, g: [7], v: [21.5], u: [] });
    await vi.advanceTimersByTimeAsync(0);
    expect(frames).toHaveLength(1);
    frames.shift()?.();
    expect(drawn).toEqual([[[7], 21.5, "plant/a"]]);
    followed.stop();
});

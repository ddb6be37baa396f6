import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Followed, follow } from "../src/index.ts";

class FakeSocket {
    static last: FakeSocket;
    readyState = 1;
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: ((event: { code: number; reason: string }) => void) | null = null;
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
const welcome = { k: "welcome", v: 1, seq: 0, t: 1, rate: 500, resume: false, hb: 5000, rev: 1 };
const full = { k: "d", from: 0, seq: 1, t: 1, u: [], a: [0, 0], i: [0, 0], o: [0, 0] };

function answers(...list: { run: string; names: Record<number, string> }[]) {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: string) => {
        asked.push(url);
        const { run, names } = list[Math.min(asked.length, list.length) - 1] as (typeof list)[number];
        const series = Object.entries(names).map(([id, topic]) => ({ id: Number(id), topic }));
        return {
            ok: true,
            headers: new Headers({ "Tidegate-Run": run }),
            json: async () => ({ run, series, next: null }),
        };
    });
    return asked;
}

/** What a page would show, kept as the example keeps it. */
function shown() {
    const rows: Record<string, unknown> = {};
    const states: string[] = [];
    const followed = follow(
        { onStatus: (s) => states.push(s.phase === "waiting" ? s.why : s.phase) },
        (ids, of) => {
            for (const id of ids) {
                const topic = of.series.get(id)?.topic;
                if (topic && of.table.has(id)) rows[id] = [topic, of.table.value[id]];
                else delete rows[id];
            }
        },
    );
    const draw = () => {
        while (frames.length > 0) frames.shift()?.();
        return Object.values(rows);
    };
    return { draw, followed, states };
}

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

it("forgets the names of a gateway that another one has taken the place of", async () => {
    const asked = answers(
        { run: "A", names: { 1: "plant/a", 2: "plant/b" } },
        { run: "B", names: { 1: "plant/b", 2: "plant/a" } },
    );
    const { draw, followed } = shown();
    const first = FakeSocket.last;
    first.onopen?.();
    first.say({ ...welcome, epoch: "A", run: "A" });
    first.say({ ...full, g: [1, 1], v: [1, 2] });
    await vi.advanceTimersByTimeAsync(0);
    expect(draw()).toEqual([
        ["plant/a", 1],
        ["plant/b", 2],
    ]);
    first.onclose?.({ code: 1006, reason: "" });
    await vi.advanceTimersByTimeAsync(1000);
    const second = FakeSocket.last;
    expect(second).not.toBe(first);
    second.onopen?.();
    second.say({ ...welcome, epoch: "B", run: "B" });
    expect(draw()).toEqual([]);
    second.say({ ...full, g: [1, 1], v: [2, 1] });
    await vi.advanceTimersByTimeAsync(0);
    expect(draw()).toEqual([
        ["plant/b", 2],
        ["plant/a", 1],
    ]);
    expect(asked).toHaveLength(2);
    expect(asked[1]).toContain("after=0");
    followed.stop();
});

it("takes no names from another gateway than the one that the values are of", async () => {
    answers({ run: "B", names: { 1: "plant/b" } }, { run: "A", names: { 1: "plant/a" } });
    const { draw, followed } = shown();
    const socket = FakeSocket.last;
    socket.onopen?.();
    socket.say({ ...welcome, epoch: "A", run: "A" });
    socket.say({ ...full, g: [1], v: [1] });
    await vi.advanceTimersByTimeAsync(0);
    expect(draw()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(draw()).toEqual([["plant/a", 1]]);
    expect(FakeSocket.last).toBe(socket);
    followed.stop();
});

it("begins anew and says why where names stay another gateway's", async () => {
    const asked = answers({ run: "B", names: { 1: "plant/b" } });
    const { draw, followed, states } = shown();
    const socket = FakeSocket.last;
    socket.onopen?.();
    socket.say({ ...welcome, epoch: "A", run: "A" });
    socket.say({ ...full, g: [1], v: [1] });
    for (let n = 0; n < 12 && FakeSocket.last === socket; n++) {
        await vi.advanceTimersByTimeAsync(1000);
        socket.say({ k: "h", seq: 1, t: 1 });
    }
    expect(states.join()).toContain("another gateway");
    expect(asked.length).toBeLessThan(6);
    expect(draw()).toEqual([]);
    followed.stop();
});

it("reads the names again when more has become known of series", async () => {
    answers({ run: "A", names: { 1: "plant/a" } }, { run: "A", names: { 1: "Boiler" } });
    const { draw, followed } = shown();
    const socket = FakeSocket.last;
    socket.onopen?.();
    socket.say({ ...welcome, epoch: "A", run: "A" });
    socket.say({ ...full, g: [1], v: [1] });
    socket.say({ k: "gw", names: 0 });
    await vi.advanceTimersByTimeAsync(0);
    expect(draw()).toEqual([["plant/a", 1]]);
    socket.say({ k: "gw", names: 1 });
    await vi.advanceTimersByTimeAsync(0);
    expect(draw()).toEqual([["Boiler", 1]]);
    followed.stop();
});

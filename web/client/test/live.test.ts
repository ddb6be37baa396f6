import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveClient, type LiveStatus, type ServerMessage } from "../src/index.ts";

/** A socket that is driven by the test. */
class FakeSocket {
    static made: FakeSocket[] = [];
    readyState = 0;
    sent: Record<string, unknown>[] = [];
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: ((event: { code: number; reason: string }) => void) | null = null;
    constructor(
        readonly url: string,
        readonly protocol: string,
    ) {
        FakeSocket.made.push(this);
    }
    send(text: string) {
        this.sent.push(JSON.parse(text));
    }
    close() {
        this.readyState = 3;
    }
    open() {
        this.readyState = 1;
        this.onopen?.();
    }
    say(m: object) {
        this.onmessage?.({ data: JSON.stringify(m as ServerMessage) });
    }
    die(code = 1006) {
        this.readyState = 3;
        this.onclose?.({ code, reason: "" });
    }
}

const welcome = (more: object = {}) => ({
    k: "welcome",
    v: 1,
    epoch: "e1",
    seq: 40,
    t: 1,
    rate: 500,
    resume: false,
    hb: 5000,
    gateway: "g",
    build: "0",
    rev: 1,
    ...more,
});
const delta = (seq: number, from = 0) => ({ k: "d", from, seq, t: 2, g: [], v: [], u: [] });

let statuses: LiveStatus[];
let client: LiveClient;
const last = () => FakeSocket.made.at(-1) as FakeSocket;

beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.made = [];
    statuses = [];
    client = new LiveClient(
        {
            url: "ws://gateway/api/v1/live",
            socket: (url, protocol) => new FakeSocket(url, protocol) as unknown as WebSocket,
            random: () => 0.5,
        },
        { onStatus: (s) => statuses.push(s) },
    );
    client.start();
});
afterEach(() => {
    client.stop();
    vi.useRealTimers();
});

describe("a stranger", () => {
    it("is told to log in, and tried again all the same", () => {
        let strangers = 0;
        const other = new LiveClient(
            {
                url: "ws://gateway/api/v1/live",
                socket: (url, protocol) => new FakeSocket(url, protocol) as unknown as WebSocket,
                random: () => 0.5,
            },
            {
                onStranger: () => {
                    strangers++;
                },
            },
        );
        other.start();
        last().open();
        last().die(1006);
        expect(strangers).toBe(0);
        vi.advanceTimersByTime(20_000);
        last().open();
        last().die(4401);
        expect(strangers).toBe(1);
        const made = FakeSocket.made.length;
        vi.advanceTimersByTime(20_000);
        expect(FakeSocket.made.length).toBeGreaterThan(made);
        other.stop();
    });
});

describe("hello", () => {
    it("speaks the subprotocol and names no version the first time", () => {
        expect(last().protocol).toBe("tidegate.v1.json");
        last().open();
        expect(last().sent[0]).toEqual({ k: "hello", v: 1, rate: 500, sub: { all: 1 } });
    });
    it("names the last version told after a break, so that only the difference comes", () => {
        last().open();
        last().say(welcome());
        last().say(delta(40));
        last().say(delta(48, 40));
        last().die();
        vi.advanceTimersByTime(500);
        last().open();
        expect(FakeSocket.made).toHaveLength(2);
        expect(last().sent[0]).toMatchObject({ epoch: "e1", seq: 48 });
    });
    it("asks a new epoch for everything when the connection broke before the first update", () => {
        last().open();
        last().say(welcome());
        last().say(delta(40));
        last().die();
        vi.advanceTimersByTime(500);
        last().open();
        last().say(welcome({ epoch: "e2", seq: 7 }));
        last().die();
        vi.advanceTimersByTime(1000);
        last().open();
        expect(last().sent[0]).toMatchObject({ epoch: "e2", seq: 0 });
    });
});

describe("reconnecting", () => {
    it("never gives up, with waits that grow to 10 s", () => {
        const waits: number[] = [];
        for (let n = 0; n < 60; n++) {
            last().die();
            const s = statuses.at(-1) as Extract<LiveStatus, { phase: "waiting" }>;
            waits.push(s.until - Date.now());
            vi.advanceTimersByTime(10_000);
        }
        expect(waits.slice(0, 6)).toEqual([500, 1000, 2000, 4000, 10_000, 10_000]);
        expect(FakeSocket.made).toHaveLength(61);
    });
    it("begins with short waits again only after an update came", () => {
        for (const wait of [500, 1000, 2000]) {
            last().open();
            last().say(welcome());
            last().die();
            vi.advanceTimersByTime(wait);
        }
        last().open();
        last().say(welcome());
        last().say(delta(40));
        last().die();
        expect(statuses.at(-1)).toMatchObject({ phase: "waiting", attempt: 1 });
    });
    it("tries at once when asked to", () => {
        last().die();
        client.retryNow();
        expect(FakeSocket.made).toHaveLength(2);
    });
    it("does nothing more after stop", () => {
        last().die();
        client.stop();
        vi.advanceTimersByTime(60_000);
        expect(FakeSocket.made).toHaveLength(1);
    });
});

describe("silence", () => {
    it("of 2.5 heartbeats is taken for a dead connection", () => {
        last().open();
        last().say(welcome({ hb: 2000 }));
        vi.advanceTimersByTime(4900);
        last().say({ k: "h", seq: 40, t: 3 });
        vi.advanceTimersByTime(4900);
        expect(statuses.at(-1)).toEqual({ phase: "live" });
        vi.advanceTimersByTime(200);
        expect(statuses.at(-1)?.phase).toBe("waiting");
        expect(FakeSocket.made[0]?.readyState).toBe(3);
    });
    it("before the welcome ends the try after 10 s", () => {
        vi.advanceTimersByTime(10_000);
        expect(statuses.at(-1)?.phase).toBe("waiting");
    });
});

describe("pause", () => {
    it("is said to the gateway, and again after a reconnect", () => {
        last().open();
        client.pause();
        expect(last().sent.at(-1)).toEqual({ k: "pause" });
        last().die();
        vi.advanceTimersByTime(500);
        last().open();
        expect(last().sent.map((m) => m.k)).toEqual(["hello", "pause"]);
        client.resume();
        expect(last().sent.at(-1)).toEqual({ k: "resume" });
    });
});

it("ignores kinds that it does not know", () => {
    last().open();
    last().say(welcome());
    expect(() => last().say({ k: "from a later version" })).not.toThrow();
    expect(statuses.at(-1)).toEqual({ phase: "live" });
});

it("takes what it was told for told only of what it followed then", () => {
    last().open();
    last().say(welcome());
    last().say(delta(41));
    last().die();
    client.set({ sub: { match: ["plant/#"] } });
    vi.advanceTimersByTime(500);
    last().open();
    // The gateway knows what the epoch was given for.
    expect(last().sent[0]).toMatchObject({ k: "hello", epoch: "e1", seq: 41, sub: { match: ["plant/#"] } });
    last().say(welcome({ epoch: "e1-x", seq: 0 }));
    last().die();
    vi.advanceTimersByTime(1000);
    last().open();
    expect(last().sent[0]).toMatchObject({ epoch: "e1-x", seq: 0 });
    last().say(welcome({ epoch: "e1-x", seq: 0 }));
    last().say(delta(50));
    last().die();
    vi.advanceTimersByTime(500);
    last().open();
    expect(last().sent[0]).toMatchObject({ epoch: "e1-x", seq: 50 });
});

import { backoff } from "./backoff.ts";
import type { Delta, Gateway, ServerMessage, StateChange, Subscription, Welcome } from "./wire.ts";

export interface LiveHandlers {
    onWelcome?(m: Welcome): void;
    onDelta?(m: Delta): void;
    onState?(m: StateChange): void;
    onGateway?(m: Gateway): void;
    /** The catalogue has grown to this many series. */
    onCatalogue?(rev: number): void;
    /** Any message with a time: what the gateway's clock says. */
    onTime?(t: number): void;
    onStatus?(status: LiveStatus): void;
    /** The gateway wants to know who this is: log in, then connect again. */
    onStranger?(): void;
}

export type LiveStatus =
    | { phase: "connecting"; attempt: number }
    | { phase: "live" }
    | { phase: "waiting"; attempt: number; until: number; why: string };

export interface LiveOptions {
    url: string;
    rate?: number;
    sub?: Subscription;
    /** For tests. */
    socket?: (url: string, protocol: string) => WebSocket;
    random?: () => number;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Follows the gateway for ever: says hello with the last version it was told, reconnects with growing waits, and takes
 * a silent connection for dead. State is the epoch and one number, so nothing is lost and nothing replayed.
 */
export class LiveClient {
    private socket: WebSocket | null = null;
    private epoch = "";
    private seq = 0;
    private silence = CONNECT_TIMEOUT_MS;
    private attempt = 0;
    private timer: ReturnType<typeof setTimeout> | undefined;
    private watchdog: ReturnType<typeof setTimeout> | undefined;
    private running = false;
    private paused = false;

    constructor(
        private readonly options: LiveOptions,
        private readonly handlers: LiveHandlers,
    ) {}

    start(): void {
        if (this.running) return;
        this.running = true;
        this.connect();
    }

    stop(): void {
        this.running = false;
        this.drop();
    }

    /** Do not wait for the next try. */
    retryNow(): void {
        if (!this.running || this.socket) return;
        this.attempt = 0;
        this.connect();
    }

    pause(): void {
        this.paused = true;
        this.send({ k: "pause" });
    }

    resume(): void {
        this.paused = false;
        this.send({ k: "resume" });
    }

    set(change: { rate?: number; sub?: Subscription }): void {
        Object.assign(this.options, change);
        this.send({ k: "set", ...change });
    }

    private connect(): void {
        clearTimeout(this.timer);
        this.handlers.onStatus?.({ phase: "connecting", attempt: this.attempt });
        const make = this.options.socket ?? ((url, protocol) => new WebSocket(url, protocol));
        const socket = make(this.options.url, "tidegate.v1.json");
        this.socket = socket;
        this.silence = CONNECT_TIMEOUT_MS;
        this.watch();
        socket.onopen = () => this.hello();
        socket.onmessage = (event) => this.receive(socket, event.data as string);
        socket.onclose = (event) => {
            if (this.socket !== socket) return;
            if (event.code === 4401) this.handlers.onStranger?.();
            this.reconnect(event.reason || `closed (${event.code})`);
        };
    }

    private hello(): void {
        const known = this.epoch ? { epoch: this.epoch, seq: this.seq } : {};
        const { rate = 500, sub = { all: 1 } } = this.options;
        this.send({ k: "hello", v: 1, ...known, rate, sub });
        if (this.paused) this.send({ k: "pause" });
    }

    private receive(from: WebSocket, text: string): void {
        if (this.socket !== from) return;
        this.watch();
        const m = JSON.parse(text) as ServerMessage;
        if ("t" in m) this.handlers.onTime?.(m.t);
        if (m.k === "welcome") this.welcome(m);
        else if (m.k === "d") this.delta(m);
        else if (m.k === "st") this.handlers.onState?.(m);
        else if (m.k === "gw") this.handlers.onGateway?.(m);
        else if (m.k === "cat") this.handlers.onCatalogue?.(m.rev);
    }

    private delta(m: Delta): void {
        this.attempt = 0;
        this.seq = m.seq;
        this.handlers.onDelta?.(m);
    }

    private welcome(m: Welcome): void {
        // Until the first update has come nothing is known of this epoch: seq 0 asks for everything.
        if (m.epoch !== this.epoch || !m.resume) this.seq = 0;
        this.epoch = m.epoch;
        this.silence = 2.5 * m.hb;
        this.watch();
        this.handlers.onWelcome?.(m);
        this.handlers.onStatus?.({ phase: "live" });
    }

    private send(message: object): void {
        if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
    }

    private watch(): void {
        clearTimeout(this.watchdog);
        this.watchdog = setTimeout(() => this.reconnect("nothing was heard"), this.silence);
    }

    /** Gives this connection up, as if it had broken. */
    reconnect(why: string): void {
        this.drop();
        if (!this.running) return;
        const wait = backoff(this.attempt++, this.options.random);
        const until = Date.now() + wait;
        this.handlers.onStatus?.({ phase: "waiting", attempt: this.attempt, until, why });
        this.timer = setTimeout(() => this.connect(), wait);
    }

    private drop(): void {
        clearTimeout(this.timer);
        clearTimeout(this.watchdog);
        const socket = this.socket;
        this.socket = null;
        if (!socket) return;
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
    }
}

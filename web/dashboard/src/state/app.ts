import { batch, type Signal, signal } from "@preact/signals";
import {
    Api,
    type Delta,
    LATE,
    LiveClient,
    LiveTable,
    NEVER,
    STALE,
    type Value,
} from "../../../client/src/index.ts";
import { Catalogue } from "./catalogue.ts";
import { Depth } from "./depth.ts";
import {
    ASKED_RATE_MS,
    asOf,
    catalogueTrouble,
    frozenAt,
    gateway,
    goneFor,
    lostAt,
    newBuild,
    now,
    pausedAt,
    status,
    welcome,
} from "./link.ts";
import { CatalogueReader } from "./names.ts";
import { PresentClock } from "./present.ts";
import { onWall } from "./route.ts";
import { Sparks } from "./sparks.ts";

// The one place where what arrives meets what is shown. Messages go into plain columns at once; once a frame the signals
// of the series that changed are raised, and only rows on screen read them.

const HIDDEN_PAUSE_MS = 30_000;
const HIDDEN_STOP_MS = 5 * 60_000;
const SPARK_TICK = 2;
/** The gateway speaks once a second: after so long the page does not know how things stand. */
const SILENCE_MS = 3000;

export const api = new Api(new URL(".", document.baseURI).href);
export const table = new LiveTable();
/** The gateway's time; stands still while nothing is heard. */
export const clock = new PresentClock();
export const catalogue = new Catalogue();
export const depth = new Depth();
export const sparks = new Sparks(api, {
    now: () => clock.now(),
    latest: (id) => (table.heard[id] ? [table.heard[id] as number, table.value[id] as Value] : null),
    saw: (id, v) => catalogue.sawNumber(id, v),
});
/** Rises when series were added. */
export const catalogueVersion = signal(0);
/** False until the first catalogue and values have come. */
export const ready = signal(false);
/** Rises after every break, when charts should read again what they missed. */
export const resumed = signal(0);
export const counts = signal({ late: 0, stale: 0, never: 0, devices: 0, reporting: 0 });

export type LiveListener = (id: number, t: number, v: Value) => void;
const listeners = new Set<LiveListener>();
/** Every reading as it arrives, for charts. */
export function listen(listener: LiveListener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

const versions: Signal<number>[] = [];
/** Read `.value` to be told when the series `id` was heard. */
export function version(id: number): Signal<number> {
    versions[id] ??= signal(0);
    return versions[id];
}

const dirty = new Set<number>();
let frame = 0;

function touch(ids: readonly number[]): void {
    for (const id of ids) dirty.add(id);
    if (frame === 0 && pausedAt.peek() === null) frame = requestAnimationFrame(flush);
}

function flush(): void {
    frame = 0;
    batch(() => {
        for (const id of dirty) {
            const seen = versions[id];
            if (seen) seen.value++;
        }
    });
    dirty.clear();
}

function onDelta(d: Delta): void {
    const { changed, heard } = table.apply(d);
    const hear = (id: number): void => {
        const v = table.value[id] as Value;
        if (typeof v === "number") catalogue.sawNumber(id, v);
        const t = table.heard[id] as number;
        if (t === 0) return;
        sparks.live(id, t, v);
        for (const listener of listeners) listener(id, t, v);
    };
    changed.forEach(hear);
    heard.forEach(hear);
    touch(changed);
    touch(heard);
    if (d.from === 0) valuesCame = true;
    checkReady();
}

let valuesCame = false;
function checkReady(): void {
    if (ready.peek() || !valuesCame || catalogueVersion.peek() === 0) return;
    tick();
    ready.value = true;
}

const reader = new CatalogueReader(
    api,
    catalogue,
    (trouble) => {
        catalogueTrouble.value = goneFor.peek() > 1000 ? "" : trouble;
        if (trouble !== "") return;
        catalogueVersion.value++;
        checkReady();
    },
    (why) => live.reconnect(why),
);
api.onOther = () => void reader.read();

let lostFor = 0;
/** Local time of the last word. */
let heardAt = Date.now();

/** How long nothing has been known of the gateway: since the link was lost, or since it fell silent. */
function silence(): number {
    if (lostAt.peek() !== 0) return Date.now() - lostAt.peek();
    const quiet = Date.now() - heardAt;
    return quiet > SILENCE_MS && pausedAt.peek() === null ? quiet : 0;
}

const live = new LiveClient(
    { url: new URL("api/v1/live", api.base).href.replace(/^http/, "ws"), rate: ASKED_RATE_MS },
    {
        onWelcome: (m) => {
            if (welcome.peek() && welcome.peek()?.build !== m.build) newBuild.value = true;
            const same = welcome.peek()?.gateway === m.gateway;
            const another = api.run && m.run !== api.run;
            welcome.value = m;
            api.run = m.run;
            // Ids are a gateway's own. After a restart they are what they were, but for some that a kill has taken: all
            // is read anew then, and the page is never empty.
            if (another && same) reader.readAll();
            if (another && !same) {
                Object.assign(catalogue, new Catalogue());
                catalogueVersion.value++;
                sparks.reload();
            }
            if (m.rev > catalogue.size || catalogueVersion.peek() === 0) void reader.read();
        },
        onDelta,
        onState: (m) => touch(table.applyState(m)),
        onGateway: (m) => {
            if (pausedAt.peek() !== null) return;
            gateway.value = m;
            depth.add(m);
            reader.follow(m);
        },
        onCatalogue: () => void reader.read(),
        onStranger: () => api.onStranger?.(),
        onTime: (t) => {
            clock.hear(t);
            heardAt = Date.now();
            asOf.value = t;
        },
        onStatus: (s) => {
            status.value = s;
            if (s.phase !== "live" && lostAt.peek() === 0) lostAt.value = Date.now();
            if (s.phase !== "live") return;
            heardAt = Date.now();
            lostFor = lostAt.peek() === 0 ? 0 : Date.now() - lostAt.peek();
            lostAt.value = 0;
            goneFor.value = 0;
            catchUp(lostFor);
        },
    },
);

function count(): void {
    const at = now.peek();
    const seen = { late: 0, stale: 0, never: 0, devices: catalogue.byDevice.size, reporting: 0 };
    for (const list of catalogue.byDevice.values()) {
        let fresh = false;
        for (const s of list) {
            const state = table.freshness(s.id, at);
            if (state === LATE) seen.late++;
            else if (state === STALE) seen.stale++;
            else if (state === NEVER && !table.has(s.id)) seen.never++;
            if (state < STALE) fresh = true;
        }
        if (fresh) seen.reporting++;
    }
    const before = counts.peek();
    if (Object.entries(seen).some(([key, n]) => before[key as keyof typeof seen] !== n)) counts.value = seen;
}

let ticks = 0;
function tick(): void {
    const gone = goneFor.peek();
    goneFor.value = silence();
    // It was silent and the link held: what it said meanwhile is in history only.
    if (gone > 0 && goneFor.peek() === 0) catchUp(gone);
    if (pausedAt.peek() !== null || document.hidden) return;
    batch(() => {
        now.value = frozenAt.peek() ?? clock.now();
        if (catalogueVersion.peek() > 0) count();
        if (ticks++ % SPARK_TICK === 0) sparks.version.value++;
    });
}

/** Live values were missed for so long: pictures and charts read again what they lack. */
function catchUp(missed: number): void {
    if (!ready.peek() || missed < 2000) return;
    sparks.reload();
    resumed.value++;
}

export function pause(): void {
    pausedAt.value = clock.now();
    live.pause();
}

export function proceed(): void {
    const since = pausedAt.peek() ?? clock.now();
    pausedAt.value = null;
    heardAt = Date.now();
    live.resume();
    catchUp(clock.now() - since);
    tick();
    touch([...dirty]);
}

let hidden: ReturnType<typeof setTimeout>[] = [];
let hiddenAt = 0;
function onVisibility(): void {
    hidden.forEach(clearTimeout);
    hidden = [];
    if (document.hidden) {
        hiddenAt = Date.now();
        if (onWall()) return;
        hidden.push(
            setTimeout(() => live.pause(), HIDDEN_PAUSE_MS),
            setTimeout(() => live.stop(), HIDDEN_STOP_MS),
        );
        return;
    }
    heardAt = Date.now();
    live.start();
    live.retryNow();
    if (pausedAt.peek() === null) {
        live.resume();
        if (Date.now() - hiddenAt > HIDDEN_PAUSE_MS) catchUp(Date.now() - hiddenAt);
    }
    tick();
}

/** Told when the gateway does not know, or no longer knows, who this is. */
export function onStranger(told: () => void): void {
    api.onStranger = told;
}

export function startLive(): void {
    live.start();
}

export function stopLive(): void {
    live.stop();
}

export function startApp(): void {
    live.start();
    // Not only when the gateway has said hello: one way there and back less until the first values are shown.
    void reader.read();
    setInterval(tick, 1000);
    document.addEventListener("visibilitychange", onVisibility);
    addEventListener("pageshow", () => live.retryNow());
    addEventListener("online", () => live.retryNow());
}

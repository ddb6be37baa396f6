import { computed, effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Timeline } from "../../../client/src/index.ts";
import { api, ready, resumed } from "./app.ts";
import { gateway } from "./link.ts";

/** The last day, as the gateway remembers it; null until it was read, or where it remembers none. */
export const timeline = signal<Timeline | null>(null);

const EVERY_MS = 60_000;
const turns = computed(() => gateway.value?.up.map((u) => `${u.id}${u.up}`).join() ?? "");

let lookers = 0;
let stop: () => void = () => undefined;

/** Read while somebody looks at it: each minute, and when an upstream comes or goes. */
function start(): void {
    const abort = new AbortController();
    const read = async () => {
        try {
            timeline.value = await api.timeline(abort.signal);
        } catch {
            // What was read stays; the next turn may work.
        }
    };
    const timer = setInterval(() => void read(), EVERY_MS);
    const still = effect(() => {
        void turns.value;
        void resumed.value;
        // The first values come before it.
        if (ready.value) void read();
    });
    stop = () => {
        still();
        clearInterval(timer);
        abort.abort();
    };
}

/** However many look at it, it is read once. */
export function useTimeline(): Timeline | null {
    useEffect(() => {
        if (lookers++ === 0) start();
        return () => {
            if (--lookers === 0) stop();
        };
    }, []);
    return timeline.value;
}

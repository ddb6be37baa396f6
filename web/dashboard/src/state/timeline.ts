import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Timeline } from "../../../client/src/index.ts";
import { api, resumed } from "./app.ts";
import { gateway } from "./link.ts";

/** The last day, as the gateway remembers it; null until it was read, or where it remembers none. */
export const timeline = signal<Timeline | null>(null);

const EVERY_MS = 60_000;

/** Reads the timeline while somebody looks at it: each minute, and when an upstream comes or goes. */
export function useTimeline(): Timeline | null {
    const turns = gateway.value?.up.map((u) => `${u.id}${u.up}`).join() ?? "";
    useEffect(() => {
        const stop = new AbortController();
        const read = async () => {
            try {
                timeline.value = await api.timeline(stop.signal);
            } catch {
                // What was read stays; the next turn may work.
            }
        };
        void read();
        const timer = setInterval(() => void read(), EVERY_MS);
        return () => {
            clearInterval(timer);
            stop.abort();
        };
    }, [turns, resumed.value]);
    return timeline.value;
}

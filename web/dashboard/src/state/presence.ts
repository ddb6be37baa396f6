import { effect, signal } from "@preact/signals";
import type { Device } from "../../../client/src/index.ts";
import { api } from "./app.ts";
import { gateway } from "./link.ts";

/** Devices that are away, or expected and not heard, by name; with why. */
export const away = signal<ReadonlyMap<string, Device>>(new Map());

const AGAIN_MS = 60_000;
let reading = false;

async function read(): Promise<void> {
    if (reading) return;
    reading = true;
    try {
        const lists = await Promise.all([api.devices("offline"), api.devices("stale")]);
        away.value = new Map(lists.flat().map((device) => [device.name, device]));
    } catch {
        // What was known stays; it is asked again soon.
    }
    reading = false;
}

/** Reads who is away whenever their number changes, and now and then for one that comes as another goes. */
export function followPresence(): void {
    let seen = -1;
    let read_ms = 0;
    effect(() => {
        const g = gateway.value;
        if (!g) return;
        const now = (g.offline ?? 0) * 100_000 + (g.stale ?? 0);
        const some = now > 0 || away.peek().size > 0;
        if (now === seen && !(some && Date.now() - read_ms > AGAIN_MS)) return;
        seen = now;
        read_ms = Date.now();
        if (some) void read();
    });
}

import { computed, signal } from "@preact/signals";
import type { Gateway, LiveStatus, Welcome } from "../../../client/src/index.ts";

// What the page knows of its connection and of the gateway as a whole.

export const ASKED_RATE_MS = 500;

export const status = signal<LiveStatus>({ phase: "connecting", attempt: 0 });
/** Local time at which the connection was lost, 0 while it holds. */
export const lostAt = signal(Date.now());
export const welcome = signal<Welcome | null>(null);
export const gateway = signal<Gateway | null>(null);
/** The gateway's clock, once a second; stands still while paused. */
export const now = signal(Date.now());
/** Gateway time at which the page was paused, or null. */
export const pausedAt = signal<number | null>(null);
/** Gateway time of the last message. */
export const asOf = signal(0);
/** How long the connection has been gone, ms: ticks with `now`. */
export const goneFor = signal(0);
/** Nothing on screen is the present: it is what was known at this gateway time. null: it is live. */
export const frozenAt = computed(() => (goneFor.value >= 1000 && asOf.peek() > 0 ? asOf.peek() : null));
/** The gateway was replaced since this page was loaded: its code may be old. */
export const newBuild = signal(false);
export const catalogueTrouble = signal("");

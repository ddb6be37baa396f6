import { signal } from "@preact/signals";

/** The list of keys is open. */
export const helping = signal(false);

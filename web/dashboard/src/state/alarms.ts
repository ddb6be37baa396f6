import { computed, effect, signal } from "@preact/signals";
import type { Alarm } from "../../../client/src/index.ts";
import { worstBySeries } from "../lib/alarms.ts";
import { api } from "./app.ts";
import { gateway } from "./link.ts";

const MOST = 1000;
const AGAIN_MS = 5000;

/** Those that are on, as the gateway says; null until they were read. */
export const alarms = signal<Alarm[] | null>(null);
export const alarmTrouble = signal("");
/** Rises when they changed, for what reads the history. */
export const alarmRevision = computed(() => gateway.value?.alarms?.rev ?? 0);
export const worstOf = computed(() => worstBySeries(alarms.value ?? []));

let reading = false;
let again = false;
let later: ReturnType<typeof setTimeout> | undefined;

export async function readAlarms(): Promise<void> {
    again = true;
    if (reading) return;
    reading = true;
    while (again) {
        again = false;
        try {
            alarms.value = (await api.alarms("", MOST)).alarms;
            alarmTrouble.value = "";
        } catch (error) {
            alarmTrouble.value = (error as Error).message;
            clearTimeout(later);
            later = setTimeout(() => void readAlarms(), AGAIN_MS);
        }
    }
    reading = false;
}

/** Reads them whenever the gateway says that they have changed. */
export function followAlarms(): void {
    effect(() => {
        if (alarmRevision.value > 0) void readAlarms();
    });
}

import type { Series } from "../../../client/src/index.ts";
import { table } from "./app.ts";

/** Whether a series says states (a switch, a mode) rather than numbers. */
export function isState(s: Series): boolean {
    const v = table.value[s.id];
    return v === undefined || v === null
        ? s.type === "boolean" || s.type === "text"
        : typeof v === "boolean" || typeof v === "string";
}

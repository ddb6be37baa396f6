import type { Freshness, Series } from "../../../client/src/index.ts";
import { table } from "./app.ts";

/** The series of a device that was heard last, and how the device stands: as well as its best series. */
export function deviceState(list: readonly Series[], at: number): { latest: number; state: Freshness } {
    let latest = list[0]?.id ?? 0;
    let state: Freshness = 3;
    for (const s of list) {
        if ((table.heard[s.id] ?? 0) > (table.heard[latest] ?? 0)) latest = s.id;
        state = Math.min(state, table.freshness(s.id, at)) as Freshness;
    }
    return { latest, state };
}

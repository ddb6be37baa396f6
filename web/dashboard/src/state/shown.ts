import type { History, Series, Value } from "../../../client/src/index.ts";
import { type Conversion, conversionOf, convertDecimals, convertNumber, convertValue } from "../lib/units.ts";
import { api, catalogue, table } from "./app.ts";
import { unitWishes } from "./settings.ts";

// Values as a person wants to see them. What arrives is kept as it was sent; only here it becomes another unit.

export function conversion(id: number): Conversion | null {
    const unit = catalogue.byId[id]?.unit;
    return unit ? conversionOf(unit, unitWishes.peek()) : null;
}

export function unitOf(s: Series): string {
    return conversionOf(s.unit, unitWishes.peek())?.to ?? s.unit;
}

export function decimalsFor(id: number): number {
    return convertDecimals(catalogue.decimals[id] ?? 0, conversion(id));
}

/** The latest value of a series; undefined: there is none. */
export function shownValue(id: number): Value | undefined {
    const v = table.value[id];
    return v === undefined ? undefined : convertValue(v, conversion(id));
}

/** History in the units that are wished for. */
export const shownApi = {
    gapsOf: api.gapsOf.bind(api),
    async history(...asked: Parameters<typeof api.history>): Promise<History> {
        const history = await api.history(...asked);
        for (const one of history.series) {
            const c = conversion(one.id);
            if (!c) continue;
            const numbers = (list: number[]) => list.map((v) => convertNumber(v, c));
            if (one.v) one.v = one.v.map((v) => convertValue(v, c));
            for (const column of ["min", "mean", "max"] as const)
                if (one[column]) one[column] = numbers(one[column]);
        }
        return history;
    },
};

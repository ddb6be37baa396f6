import type { Value } from "../../../client/src/index.ts";

/** A unit as it is shown in another: `v * factor + offset`. */
export interface Conversion {
    to: string;
    factor: number;
    offset: number;
}

const KELVIN = 273.15;

// By the unit that is wished, those that it can be made from.
const TABLE: Record<string, Record<string, [factor: number, offset: number]>> = {
    "°C": { "°F": [5 / 9, -160 / 9], K: [1, -KELVIN] },
    "°F": { "°C": [9 / 5, 32], K: [9 / 5, 32 - KELVIN * 1.8] },
    bar: { psi: [0.0689475729, 0], kPa: [0.01, 0] },
    psi: { bar: [14.503774, 0], kPa: [0.14503774, 0] },
    hPa: { mbar: [1, 0], Pa: [0.01, 0], kPa: [10, 0], bar: [1000, 0], psi: [68.9475729, 0] },
    kWh: { MJ: [1 / 3.6, 0], Wh: [0.001, 0] },
    MJ: { kWh: [3.6, 0], Wh: [0.0036, 0] },
    "m³": { gal: [0.003785411784, 0], L: [0.001, 0], l: [0.001, 0] },
    gal: { "m³": [264.1720524, 0], L: [0.2641720524, 0], l: [0.2641720524, 0] },
};

let wishes: readonly string[] = [];

/** The units that somebody wishes to see, from now on. */
export function setWishes(to: readonly string[]): void {
    wishes = to;
}

/** How a unit is shown by what is wished; null: as it is. */
export function wished(unit: string): Conversion | null {
    return conversionOf(unit, wishes);
}

/** What a person may choose for each kind; the first is as it was sent. */
export const UNIT_CHOICES = {
    temperature: ["", "°C", "°F"],
    pressure: ["", "bar", "psi", "hPa"],
    energy: ["", "kWh", "MJ"],
    volume: ["", "m³", "gal"],
} as const;
export type UnitKind = keyof typeof UNIT_CHOICES;

/** How a unit is shown, with these wishes; null: as it is. */
export function conversionOf(unit: string, wishes: readonly string[]): Conversion | null {
    for (const to of wishes) {
        const found = TABLE[to]?.[unit];
        if (found) return { to, factor: found[0], offset: found[1] };
    }
    return null;
}

export function convertNumber(v: number, c: Conversion | null): number {
    // Rounded to twelve digits: 21.4 °C are 70.52 °F, not 70.52000000000001.
    return c ? Number((v * c.factor + c.offset).toPrecision(12)) : v;
}

export function convertValue(v: Value, c: Conversion | null): Value {
    return typeof v === "number" ? convertNumber(v, c) : v;
}

/** The decimals that say as much in the other unit. */
export function convertDecimals(decimals: number, c: Conversion | null): number {
    if (!c) return decimals;
    return Math.max(0, Math.min(6, decimals - Math.round(Math.log10(Math.abs(c.factor)))));
}

import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type { Series } from "../../../client/src/index.ts";
import { type Look, readLook, writeLook } from "../chart/look.ts";
import { catalogue } from "../state/app.ts";
import { isState } from "../state/kind.ts";
import { describe, here } from "../state/route.ts";

/** At first the numbers that share the first one's unit, three at most; where there are none, the states. */
export function firstChoice(list: readonly Series[]): number[] {
    const numbers = list.filter((s) => !isState(s));
    const unit = numbers[0]?.unit;
    const alike = numbers.filter((s) => s.unit === unit).slice(0, 3);
    const states = list
        .filter((s) => isState(s) && (alike.length === 0 || s.type === "boolean"))
        .slice(0, alike.length > 0 ? 1 : 3);
    return [...alike, ...states].map((s) => s.id);
}

export type ChangeLook = (change: (look: Look) => Partial<Look>) => void;

/** The address says how it is looked at, and what is changed here is written into it. */
export function useLook(device: string, list: readonly Series[]): [Look, ChangeLook] {
    const place = here.value;
    const standard = useMemo(() => firstChoice(list), [device]);
    const read = () => readLook(place.ask, standard, (id) => catalogue.byId[id] !== undefined);
    const look = useSignal(useMemo(read, [device]));
    const from = useRef(place);
    // Back, Forward or another link: what it says counts from this drawing on.
    if (from.current !== place) {
        from.current = place;
        look.value = read();
    }
    const change: ChangeLook = (act) => {
        look.value = { ...look.peek(), ...act(look.peek()) };
        describe(writeLook(look.peek(), standard));
    };
    return [look.value, change];
}

import { batch, effect } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { readList, writeList } from "../lib/list_look.ts";
import { grouping, sorting, states, text } from "./filter.ts";
import { describe, here, type Route } from "./route.ts";

// How a list is looked at, as its address says it: `#/?q=cold&is=alarm,late&sort=value&by=device`. What it does not say is
// as it is for everybody; how this browser usually sorts and groups is in the links that lead here.

let told = "";

function take(place: Route): void {
    const look = readList(place.ask);
    batch(() => {
        text.value = look.text;
        states.value = look.states;
        sorting.value = look.sorting;
        grouping.value = look.grouping;
    });
    told = JSON.stringify(writeList(look, place.view === "overview"));
}

/** Keeps a list and its address in step, while it is on the page. */
export function useListAddress(): void {
    const place = here.value;
    // Before anything is drawn, so that nothing is drawn that was not asked for.
    useMemo(() => take(place), [place]);
    useEffect(
        () =>
            effect(() => {
                const look = {
                    text: text.value,
                    states: states.value,
                    sorting: sorting.value,
                    grouping: grouping.value,
                };
                const words = writeList(look, here.peek().view === "overview");
                if (JSON.stringify(words) === told) return;
                told = JSON.stringify(words);
                describe(words);
            }),
        [],
    );
}

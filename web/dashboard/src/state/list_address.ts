import { batch, effect } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { readList, type Usual, writeList } from "../lib/list_look.ts";
import { grouping, sorting, states, text } from "./filter.ts";
import { describe, here, type Route } from "./route.ts";
import { usualGrouping, usualSorting } from "./settings.ts";

// How a list is looked at, as its address says it: `#/?q=cold&is=alarm,late&sort=value&by=device`. An address that says
// nothing of it shows the list as this browser usually does.

function usual(): Usual {
    return { sorting: usualSorting.peek(), grouping: usualGrouping.peek() };
}

let told = "";

function take(place: Route): void {
    const look = readList(place.ask, usual());
    batch(() => {
        text.value = look.text;
        states.value = look.states;
        sorting.value = look.sorting;
        grouping.value = look.grouping;
    });
    const words = writeList(look, usual(), place.view === "overview");
    told = JSON.stringify(words);
    describe(words, true);
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
                const words = writeList(look, usual(), here.peek().view === "overview");
                if (JSON.stringify(words) === told) return;
                told = JSON.stringify(words);
                describe(words);
            }),
        [],
    );
}

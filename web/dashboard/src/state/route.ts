import { computed, signal } from "@preact/signals";
import { parseRoute, type Route } from "../lib/route.ts";

export { deviceLink, parseRoute, type Route } from "../lib/route.ts";

/** Changes that follow each other so closely are one movement: one step back leads before all of it. */
const MOVEMENT_MS = 500;

/** Where a link, the address line, Back or Forward has led; what is changed on the page itself is only described. */
export const route = signal<Route>(parseRoute(location.hash));

/** What a wall shows just now; null: there is none. */
export const wallRoute = signal<Route | null>(null);
/** What is looked at: of a wall the view that is up. */
export const here = computed<Route>(() => wallRoute.value ?? route.value);

let known = location.hash;
let described = 0;

/** Writes into the address what is looked at: a step that Back undoes. */
export function describe(ask: Record<string, string>): void {
    if (onWall()) return;
    const path = location.hash.split("?")[0] || "#/";
    const query = new URLSearchParams(ask).toString();
    const hash = query ? `${path}?${query}` : path;
    if (hash === (location.hash || "#/")) return;
    const moving = Date.now() - described < MOVEMENT_MS;
    described = Date.now();
    history[moving ? "replaceState" : "pushState"](null, "", hash);
    known = location.hash;
}

function follow(): void {
    if (location.hash === known) return;
    known = location.hash;
    described = 0;
    const before = route.peek();
    const next = parseRoute(known);
    route.value = next;
    const same = before.view === next.view && (next.view !== "device" || isOf(before, next.device));
    if (same) return;
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
}

function isOf(place: Route, device: string): boolean {
    return place.view === "device" && place.device === device;
}

/** `home`: what an address without a word leads to. */
export function followRoute(home: string): void {
    if (location.hash === "") history.replaceState(null, "", home);
    follow();
    // A link makes both; Back over what was only described makes the second alone.
    addEventListener("hashchange", follow);
    addEventListener("popstate", follow);
}

/** On a wall nobody comes back to the page: it never sleeps. */
export function onWall(): boolean {
    return route.peek().view === "wall";
}

import { computed, signal } from "@preact/signals";

export type Route =
    | { view: "overview" }
    | { view: "devices" }
    | { view: "alarms" }
    | { view: "gateway" }
    | { view: "settings" }
    | { view: "wall"; ask: URLSearchParams }
    | { view: "device"; device: string; ask: URLSearchParams };

export function parseRoute(hash: string): Route {
    const [path = "", query] = hash.replace(/^#\/?/, "").split("?");
    const [view, ...rest] = path.split("/");
    const ask = new URLSearchParams(query);
    if (view === "devices" || view === "alarms" || view === "gateway" || view === "settings") return { view };
    if (view === "wall") return { view, ask };
    if (view === "d" && rest.length > 0) return { view: "device", device: decode(rest.join("/")), ask };
    return { view: "overview" };
}

function decode(text: string): string {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

export function deviceLink(device: string): string {
    return `#/d/${encodeURIComponent(device)}`;
}

/** Writes into the address what is looked at, so that it can be shared and reloaded; nothing moves by it. */
export function describe(ask: Record<string, string>): void {
    if (onWall()) return;
    const path = location.hash.split("?")[0];
    const query = new URLSearchParams(ask).toString();
    const hash = query ? `${path}?${query}` : path;
    if (hash !== location.hash) history.replaceState(null, "", hash);
}

export const route = signal<Route>(parseRoute(location.hash));

/** What a wall shows just now; null: there is none. */
export const wallRoute = signal<Route | null>(null);
/** What is looked at: of a wall the view that is up. */
export const here = computed<Route>(() => wallRoute.value ?? route.value);

export function followRoute(): void {
    addEventListener("hashchange", () => {
        const before = route.peek();
        route.value = parseRoute(location.hash);
        if (before.view === route.peek().view) return;
        scrollTo(0, 0);
        document.getElementById("main")?.focus({ preventScroll: true });
    });
}

/** On a wall nobody comes back to the page: it never sleeps. */
export function onWall(): boolean {
    return route.peek().view === "wall";
}

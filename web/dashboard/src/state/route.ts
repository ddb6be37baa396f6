import { signal } from "@preact/signals";

export type Route =
    | { view: "overview" }
    | { view: "devices" }
    | { view: "alarms" }
    | { view: "gateway" }
    | { view: "device"; device: string };

export function parseRoute(hash: string): Route {
    const [view, ...rest] = hash.replace(/^#\/?/, "").split("/");
    if (view === "devices" || view === "alarms" || view === "gateway") return { view };
    if (view === "d" && rest.length > 0) return { view: "device", device: decode(rest.join("/")) };
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

export const route = signal<Route>(parseRoute(location.hash));

export function followRoute(): void {
    addEventListener("hashchange", () => {
        const before = route.peek();
        route.value = parseRoute(location.hash);
        if (before.view === route.peek().view) return;
        scrollTo(0, 0);
        document.getElementById("main")?.focus({ preventScroll: true });
    });
}

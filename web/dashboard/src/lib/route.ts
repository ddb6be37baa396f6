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

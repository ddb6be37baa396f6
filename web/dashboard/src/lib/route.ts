/** What stands behind the `?` of an address: how a page is looked at. */
type Asked = { ask: URLSearchParams };

export type Route = Asked &
    (
        | { view: "overview" | "devices" | "alarms" | "gateway" | "settings" | "wall" }
        | { view: "device"; device: string }
        | { view: "nowhere"; path: string }
    );

const PLAIN = ["devices", "alarms", "gateway", "settings", "wall"] as const;

export function parseRoute(hash: string): Route {
    const [path = "", query] = hash.replace(/^#\/?/, "").split("?");
    const [view, ...rest] = path.split("/");
    const ask = new URLSearchParams(query);
    if (path === "" || path === "overview") return { view: "overview", ask };
    if (view === "d" && rest.join("") !== "") return { view: "device", device: decode(rest.join("/")), ask };
    const plain = PLAIN.find((one) => one === path);
    return plain ? { view: plain, ask } : { view: "nowhere", path, ask };
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

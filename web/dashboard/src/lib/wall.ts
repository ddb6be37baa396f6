const LEAST_S = 5;
const MOST_S = 3600;
const USUAL_S = 20;

export interface WallPlan {
    /** As in the address behind `#/`: `overview`, `alarms`, `d/cold-b`. */
    views: string[];
    every: number;
}

/** What `#/wall?views=overview,d/cold-b&every=20` asks for. */
export function wallPlan(ask: URLSearchParams): WallPlan {
    const views = (ask.get("views") ?? "")
        .split(",")
        .map((view) => view.trim())
        .filter((view) => view !== "" && !view.startsWith("wall") && !view.startsWith("settings"));
    const seconds = Number(ask.get("every")) || USUAL_S;
    return {
        views: views.length > 0 ? views : ["overview"],
        every: Math.max(LEAST_S, Math.min(MOST_S, seconds)) * 1000,
    };
}

export function nextPlace(place: number, views: number): number {
    return (place + 1) % views;
}

/** Where an alarm of this device is seen best: its own page, the alarms, the overview. */
export function placeOf(views: readonly string[], device: string): number | null {
    for (const wanted of [`d/${device}`, `d/${encodeURIComponent(device)}`, "alarms", "overview"]) {
        const place = views.indexOf(wanted);
        if (place >= 0) return place;
    }
    return null;
}

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

/** A screen of so many units can be read from three metres: a line of text is a two-hundredth of that on a usual television. */
const WIDTH = 960;
const HEIGHT = 540;

/** How much larger than on a desk everything is. */
export function wallZoom(width: number, height: number): number {
    return Math.round(Math.max(1, Math.min(width / WIDTH, height / HEIGHT, 4)) * 20) / 20;
}

export interface Cells {
    rows: number;
    columns: number;
}

const ROW = 30;
const COLUMN = 420;
const FOOT = 44;

/** How many rows fit into this room, in how many columns. */
export function cellsOf(width: number, height: number): Cells {
    return {
        rows: Math.max(1, Math.floor((height - FOOT) / ROW)),
        columns: Math.max(1, Math.floor(width / COLUMN)),
    };
}

/** What is urgent stays, as much of it as fits; the rest takes turns in the room that is left. */
export function pageOf<T>(
    urgent: readonly T[],
    calm: readonly T[],
    room: number,
    turn: number,
): { shown: T[]; page: number; pages: number } {
    // Where trouble alone fills the screen, that takes turns.
    if (urgent.length > room - 1) return turned(urgent, [], room, turn);
    return turned(calm, urgent, room - urgent.length, turn);
}

function turned<T>(list: readonly T[], first: readonly T[], room: number, turn: number) {
    const pages = Math.max(1, Math.ceil(list.length / room));
    const page = turn % pages;
    return { shown: [...first, ...list.slice(page * room, (page + 1) * room)], page, pages };
}

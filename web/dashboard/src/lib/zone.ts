// Which time zone times are shown in: the browser's own, or one by its name.

const HOUR = 3_600_000;
let zone: string | null = null;
let format: Intl.DateTimeFormat | null = null;
const known = new Map<number, number>();

/** `null`: the browser's. One that the browser does not know is taken for its own; answers whether it does. */
export function setZone(name: string | null): boolean {
    known.clear();
    zone = name;
    format = null;
    if (name === null) return true;
    try {
        format = new Intl.DateTimeFormat("en", {
            timeZone: name,
            hourCycle: "h23",
            year: "numeric",
            month: "numeric",
            day: "numeric",
            hour: "numeric",
            minute: "numeric",
        });
        return true;
    } catch {
        zone = null;
        return false;
    }
}

export function zoneName(): string {
    return zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** How far clocks there are ahead of UTC at that moment, ms. */
export function offsetAt(at: number): number {
    if (!format) return -new Date(at).getTimezoneOffset() * 60_000;
    // No zone changes within an hour of UTC that does not end a quarter.
    const quarter = Math.floor(at / (HOUR / 4));
    let offset = known.get(quarter);
    if (offset === undefined) {
        offset = readOffset(format, quarter * (HOUR / 4));
        if (known.size > 5000) known.clear();
        known.set(quarter, offset);
    }
    return offset;
}

function readOffset(from: Intl.DateTimeFormat, at: number): number {
    const parts: Record<string, number> = {};
    for (const part of from.formatToParts(at)) parts[part.type] = Number(part.value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute) - at;
}

/** A date whose UTC parts are what a clock on the wall there shows. */
export function onTheWall(at: number): Date {
    return new Date(at + offsetAt(at));
}

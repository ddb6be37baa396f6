import type { Series } from "../../../client/src/index.ts";
import { decimalsOf } from "../lib/format.ts";

/** What is known of every series apart from its live value, by id. */
export class Catalogue {
    readonly byId: Series[] = [];
    readonly byDevice = new Map<string, Series[]>();
    readonly decimals: number[] = [];
    private last = 0;

    add(list: readonly Series[]): void {
        for (const s of list) {
            this.last = Math.max(this.last, s.id);
            this.place(s);
            if (typeof s.latest?.v === "number") this.sawNumber(s.id, s.latest.v);
        }
    }

    /** In the place of what was known of it, where its device is the same. */
    private place(s: Series): void {
        const known = this.byId[s.id];
        this.byId[s.id] = s;
        if (isAlarmSeries(s)) return;
        const list = this.byDevice.get(s.device);
        const at = known && list ? list.indexOf(known) : -1;
        if (list && at >= 0) {
            list[at] = s;
            return;
        }
        if (known) {
            const rest = (this.byDevice.get(known.device) ?? []).filter((other) => other !== known);
            if (rest.length > 0) this.byDevice.set(known.device, rest);
            else this.byDevice.delete(known.device);
        }
        if (list) list.push(s);
        else this.byDevice.set(s.device, [s]);
    }

    /** Where the next page starts. */
    get lastId(): number {
        return this.last;
    }

    get size(): number {
        return this.last === 0 ? 0 : this.byId.reduce((n) => n + 1, 0);
    }

    /** Keeps the most decimals seen, so that `21` stands as `21.0` among its like. */
    sawNumber(id: number, v: number): void {
        const seen = decimalsOf(v);
        if (seen > (this.decimals[id] ?? 0)) this.decimals[id] = seen;
        else this.decimals[id] ??= 0;
    }
}

/** One that an alarm is kept in: the alarms' page shows it, not the tables. */
export function isAlarmSeries(s: Series): boolean {
    return s.of !== undefined && s.field.includes("@alarm/");
}

// Topic levels that say how a thing speaks, not where it is.
const FAMILIES: Record<string, string> = {
    tele: "Tasmota",
    stat: "Tasmota",
    shellies: "Shelly",
    zigbee2mqtt: "Zigbee2MQTT",
    homie: "Homie",
    esphome: "ESPHome",
};

/** What a topic of ESPHome looks like below the device's own level. */
const ESPHOME =
    /^[^/]+\/(status|debug|((text_|binary_)?sensor|switch|light|climate|cover|fan|number|button)\/[^/]+\/state)$/;

/** The area of a device: the topic levels above it; `""` where it stands at the top. */
export function areaOf(topic: string, device: string): string {
    const above = levelsAbove(topic.replace(/^\//, ""), device);
    const family = FAMILIES[above[0]?.toLowerCase() ?? ""];
    if (family) return above.length > 1 ? above.slice(1).join("/") : family;
    if (above.length > 0) return above.join("/");
    if (/^shelly/i.test(device)) return "Shelly";
    return ESPHOME.test(topic) ? "ESPHome" : "";
}

function levelsAbove(topic: string, device: string): string[] {
    // A device that is named by its whole topic.
    if (device.includes("/")) return device.split("/").slice(0, -1);
    const levels = topic.split("/");
    const name = device.toLowerCase();
    const at = levels.findIndex(
        (level) => level.toLowerCase() === name || level.toLowerCase().startsWith(`${name}_`),
    );
    return at >= 0 ? levels.slice(0, at) : levels.slice(0, 1);
}

/** The device's name without its area. */
export function deviceLabel(device: string): string {
    return device.slice(device.lastIndexOf("/") + 1) || device;
}

/** A series' name as a person would write it: `motor_temperature` is Motor temperature, `AM2301 DewPoint` stays. */
export function metricLabel(name: string): string {
    const words = name.replaceAll("_", " ").trim();
    return /^[a-z]+( |$)/.test(words) ? words.charAt(0).toUpperCase() + words.slice(1) : words || name;
}

/** Measurements before mere numbers, switches and texts. */
export function rank(s: Series): number {
    if (s.type === "number") return s.unit ? 0 : 1;
    return s.type === "boolean" ? 2 : 3;
}

/** The series that a device is best known by. */
export function mainSeries(list: readonly Series[]): Series | undefined {
    return list.reduce<Series | undefined>(
        (best, s) => (best && rank(best) <= rank(s) ? best : s),
        undefined,
    );
}

const natural = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

export function compareNatural(a: string, b: string): number {
    return natural.compare(a, b);
}

export type Item = { kind: "group"; label: string } | { kind: "row"; series: Series; first: boolean };

/** What else than their names orders rows. */
export interface Order {
    /** Such rows come first, and so do the groups that have one. */
    urgent?: (s: Series) => boolean;
    /** Smaller first; nothing: by name. */
    key?: (s: Series) => number;
}

/** The rows of the table under their headings, in an order that stays. `top` is the heading of what has no area. */
export function arrange(
    list: readonly Series[],
    by: "area" | "device" | "none",
    top: string,
    order: Order = {},
): Item[] {
    const area = new Map<Series, string>();
    const urgentAreas = new Set<string>();
    const urgent = new Set<Series>();
    const keys = new Map<Series, number>();
    for (const s of list) {
        const label = by === "area" ? areaOf(s.topic, s.device) || top : by === "device" ? s.device : "";
        area.set(s, label);
        keys.set(s, order.key?.(s) ?? 0);
        if (!order.urgent?.(s)) continue;
        urgent.add(s);
        urgentAreas.add(label);
    }
    const late = (s: Series) => (urgentAreas.has(area.get(s) as string) ? 0 : 1);
    const sorted = [...list].sort(
        (a, b) =>
            late(a) - late(b) ||
            compareNatural(area.get(a) as string, area.get(b) as string) ||
            Number(urgent.has(b)) - Number(urgent.has(a)) ||
            (keys.get(a) as number) - (keys.get(b) as number) ||
            compareNatural(a.device, b.device) ||
            rank(a) - rank(b) ||
            compareNatural(a.name, b.name) ||
            a.id - b.id,
    );
    const items: Item[] = [];
    let heading = "";
    let device = "";
    for (const s of sorted) {
        const label = area.get(s) as string;
        if (label !== heading) {
            items.push({ kind: "group", label });
            heading = label;
            device = "";
        }
        items.push({ kind: "row", series: s, first: s.device !== device });
        device = s.device;
    }
    return items;
}

/** Whether each word of the filter is found somewhere in what a person may look for. */
export function matches(s: Series, words: readonly string[]): boolean {
    if (isAlarmSeries(s)) return false;
    if (words.length === 0) return true;
    const text = `${s.device} ${s.name} ${s.topic}#${s.field} ${s.unit}`.toLowerCase();
    return words.every((word) => text.includes(word));
}

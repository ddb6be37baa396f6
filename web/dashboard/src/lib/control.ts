import type { Series, ToldControl } from "../../../client/src/index.ts";

/** A command that a person can be offered: what it changes, and which values it takes. */
export interface Control {
    /** The series that shows what became of it; null: none does. */
    series: Series | null;
    /** What it is called where no series says it. */
    name: string;
    kind: "switch" | "number" | "select" | "text" | "button";
    /** Topic that it goes to. */
    topic: string;
    /** The payload, with %v where the value stands. */
    shape: string;
    /** Of a switch: on, off and, where it has one, toggle; of a select all; of a button the one. */
    values: string[];
    min?: number | undefined;
    max?: number | undefined;
    step?: number | undefined;
    unit: string;
}

type Custom = Omit<Control, "series" | "name" | "unit">;

const last = (field: string): string => field.slice(field.lastIndexOf("/") + 1);

/** MQTT's wildcards: whether a topic is let through by a filter. */
export function filterMatches(filter: string, topic: string): boolean {
    const wanted = filter.split("/");
    const given = topic.split("/");
    for (let n = 0; n < wanted.length; n++) {
        if (wanted[n] === "#") return true;
        if (n >= given.length || (wanted[n] !== "+" && wanted[n] !== given[n])) return false;
    }
    return wanted.length === given.length;
}

/** The payload that says this value; between quotes it is escaped as in JSON. */
export function payloadOf(control: Control, value: string): string {
    const inJson = JSON.stringify(value).slice(1, -1);
    return control.shape.replaceAll('"%v"', () => `"${inJson}"`).replaceAll("%v", () => value);
}

const switched = (topic: string, values: string[], shape = "%v"): Custom => ({
    kind: "switch",
    topic,
    shape,
    values,
});
const number = (topic: string, min: number, max: number, shape = "%v"): Custom => ({
    kind: "number",
    topic,
    shape,
    values: [],
    min,
    max,
});
const chosen = (topic: string, values: string[]): Custom => ({ kind: "select", topic, shape: "%v", values });

/** Tasmota: cmnd/DEVICE/COMMAND. Only what is known to be one: it reports much that nobody can set. */
function tasmota(base: string, subject: string, field: string): Custom | null {
    const word = /^POWER\d*$/.test(subject) && field === "" ? subject : last(field);
    if (/^POWER\d*$/.test(word)) return switched(`${base}/${word}`, ["ON", "OFF", "TOGGLE"]);
    if (/^(Dimmer|Channel|White)\d*$/.test(word)) return number(`${base}/${word}`, 0, 100);
    if (word === "CT") return number(`${base}/CT`, 153, 500);
    if (word === "FanSpeed") return number(`${base}/FanSpeed`, 0, 3);
    const shutter = /\/Shutter(\d+)\/Position$/.exec(field);
    return shutter ? number(`${base}/ShutterPosition${shutter[1]}`, 0, 100) : null;
}

/** Shelly's first generation: shellies/DEVICE/PART/N, and beside it `command` or `set`. */
function shelly1(levels: string[], field: string): Custom | null {
    const [, device, part, n, rest] = levels;
    const base = `shellies/${device}/${part}/${n}`;
    if ((part === "relay" || part === "light" || part === "color" || part === "white") && levels.length === 4)
        return field === "" ? switched(`${base}/command`, ["on", "off", "toggle"]) : null;
    if ((part === "light" || part === "white") && rest === "status" && field === "/brightness")
        return number(`${base}/set`, 0, 100, '{"brightness":%v}');
    if (part !== "roller") return null;
    if (levels.length === 4) return chosen(`${base}/command`, ["open", "close", "stop"]);
    return rest === "pos" && levels.length === 5 ? number(`${base}/command/pos`, 0, 100) : null;
}

/** Shelly since its second generation: DEVICE/status/PART:N, and DEVICE/command/PART:N beside it. */
function shelly2(levels: string[], field: string): Custom | null {
    const [part, n] = (levels.at(-1) as string).split(":");
    const device = levels.slice(0, -2).join("/");
    const call = (method: string, params: string) =>
        `{"id":1,"src":"tidegate","method":"${method}","params":{"id":${n},"${params}":%v}}`;
    if ((part === "switch" || part === "light") && field === "/output")
        return switched(`${device}/command/${part}:${n}`, ["on", "off", "toggle"]);
    if (part === "light" && field === "/brightness")
        return number(`${device}/rpc`, 0, 100, call("Light.Set", "brightness"));
    if (part === "cover" && field === "/state")
        return chosen(`${device}/command/cover:${n}`, ["open", "close", "stop"]);
    if (part === "cover" && field === "/current_pos")
        return number(`${device}/rpc`, 0, 100, call("Cover.GoToPosition", "pos"));
    return null;
}

/** Zigbee2MQTT, where bridge/devices has not told what a device exposes: a lamp, a blind and a lock all have a state. */
function zigbee2mqtt(topic: string, field: string, value: unknown): Custom | null {
    if (field === "/brightness") return number(`${topic}/set`, 0, 254, '{"brightness":%v}');
    if (field === "/position") return number(`${topic}/set`, 0, 100, '{"position":%v}');
    if (field !== "/state") return null;
    const shape = '{"state":"%v"}';
    if (typeof value === "boolean" || value === "ON" || value === "OFF")
        return switched(`${topic}/set`, ["ON", "OFF", "TOGGLE"], shape);
    if (value === "OPEN" || value === "CLOSE")
        return { ...chosen(`${topic}/set`, ["OPEN", "CLOSE", "STOP"]), shape };
    return value === "LOCK" || value === "UNLOCK"
        ? { ...chosen(`${topic}/set`, ["LOCK", "UNLOCK"]), shape }
        : null;
}

/** ESPHome: NODE/COMPONENT/NAME/state, and `command` beside it. */
function esphome(levels: string[], field: string): Custom | null {
    const command = [...levels.slice(0, -1), "command"].join("/");
    const component = levels.at(-3);
    if (component === "light" && field === "/state")
        return switched(command, ["ON", "OFF", "TOGGLE"], '{"state":"%v"}');
    if (component === "light" && field === "/brightness")
        return number(command, 0, 255, '{"state":"ON","brightness":%v}');
    if (field !== "") return null;
    if (component === "switch" || component === "fan") return switched(command, ["ON", "OFF", "TOGGLE"]);
    if (component === "cover") return chosen(command, ["OPEN", "CLOSE", "STOP"]);
    if (component === "lock") return chosen(command, ["LOCK", "UNLOCK"]);
    if (component === "number") return { kind: "number", topic: command, shape: "%v", values: [] };
    if (component === "select" || component === "text")
        return { kind: "text", topic: command, shape: "%v", values: [] };
    return null;
}

const tasmotaPlace = (levels: string[]): number =>
    levels.findIndex((level, n) => (level === "tele" || level === "stat") && n + 1 < levels.length);

const isShelly2 = (levels: string[]): boolean => levels.length >= 3 && levels.at(-2) === "status";

function isZigbee2mqtt(levels: string[]): boolean {
    const end = levels.at(-1) as string;
    return (
        levels[0] === "zigbee2mqtt" &&
        levels.length >= 2 &&
        levels[1] !== "bridge" &&
        !["availability", "set", "get"].includes(end)
    );
}

/** cmnd/DEVICE of a topic stat/DEVICE/SUBJECT, wherever the prefix stands in it. */
function tasmotaBase(levels: string[]): string {
    const place = tasmotaPlace(levels);
    return levels
        .map((level, n) => (n === place ? "cmnd" : level))
        .slice(0, -1)
        .join("/");
}

/** What the family's custom says that a series can be told; null: nothing is known, and nothing is guessed. */
export function customOf(s: Series): Custom | null {
    const { topic, field } = s;
    const levels = topic.split("/");
    if (s.of) return null;
    if (tasmotaPlace(levels) >= 0 && levels.length >= 3)
        return tasmota(tasmotaBase(levels), levels.at(-1) as string, field);
    if (levels[0] === "shellies") return shelly1(levels, field);
    if (isZigbee2mqtt(levels)) return zigbee2mqtt(topic, field, s.latest?.v);
    if (isShelly2(levels) && (levels.at(-1) as string).includes(":")) return shelly2(levels, field);
    if (levels.length >= 4 && levels.at(-1) === "state") return esphome(levels, field);
    return null;
}

/** Where a family's commands begin: the rest is for whoever knows the device. */
export function prefixOf(s: Series): string {
    const levels = s.topic.split("/");
    if (tasmotaPlace(levels) >= 0 && levels.length >= 3) return `${tasmotaBase(levels)}/`;
    if (levels[0] === "shellies") return `${levels.slice(0, 2).join("/")}/`;
    if (levels[0] === "zigbee2mqtt") return isZigbee2mqtt(levels) ? `${s.topic}/set` : "zigbee2mqtt/";
    if (levels[0] === "homie") return `${levels.slice(0, levels[1] === "5" ? 3 : 2).join("/")}/`;
    if (isShelly2(levels) && (levels.at(-1) as string).includes(":"))
        return `${levels.slice(0, -2).join("/")}/command/`;
    if (levels.length >= 4 && levels.at(-1) === "state") return `${levels.slice(0, -3).join("/")}/`;
    return "";
}

function told(one: ToldControl, byId: Map<number, Series>): Control {
    return {
        series: one.series === null ? null : (byId.get(one.series) ?? null),
        name: one.name || one.command,
        kind: one.kind,
        topic: one.command,
        shape: one.shape,
        values: one.values,
        min: one.min,
        max: one.max,
        step: one.step,
        unit: one.unit,
    };
}

/**
 * What a device can be told: first what it says itself, then the customs of its family for what is left. Two series
 * that the same command changes are one.
 */
export function controlsOf(list: readonly Series[], said: readonly ToldControl[]): Control[] {
    const byId = new Map(list.map((s) => [s.id, s]));
    const controls = said.map((one) => told(one, byId));
    const taken = new Set(controls.map((one) => one.series?.id));
    const seen = new Set(controls.map((one) => `${one.topic} ${one.shape}`));
    for (const s of list) {
        const custom = taken.has(s.id) ? null : customOf(s);
        if (!custom || seen.has(`${custom.topic} ${custom.shape}`)) continue;
        seen.add(`${custom.topic} ${custom.shape}`);
        controls.push({ ...custom, series: s, name: s.name, unit: s.unit });
    }
    return controls;
}

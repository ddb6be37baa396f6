import type { Series } from "../../../client/src/index.ts";

/** A command that a series can be changed with, by the custom of its family. */
export interface Control {
    topic: string;
    on: string;
    off: string;
    /** What is sent for a value that a person writes; null: it only switches. */
    set: ((text: string) => string) | null;
}

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

/** Where the family is known by its topics, what it expects; otherwise `…/set` beside the topic. */
export function controlOf(s: Series): Control {
    const { topic, field } = s;
    const levels = topic.split("/");
    if (levels[0] === "stat" || levels[0] === "tele") {
        const what = /^POWER\d*$/.test(levels.at(-1) ?? "")
            ? (levels.at(-1) as string)
            : last(field) || "POWER";
        const device = levels.slice(1, -1).join("/");
        return { topic: `cmnd/${device}/${what}`, on: "ON", off: "OFF", set: (text) => text };
    }
    if (levels[0] === "zigbee2mqtt") {
        const key = last(field) || "state";
        const json = (v: unknown) => JSON.stringify({ [key]: v });
        return { topic: `${topic}/set`, on: json("ON"), off: json("OFF"), set: (text) => json(asJson(text)) };
    }
    if (levels[0] === "shellies" && levels[2] === "relay")
        return { topic: `${topic}/command`, on: "on", off: "off", set: null };
    if (levels.at(-1) === "state" && levels.at(-3) === "switch")
        return {
            topic: `${levels.slice(0, -1).join("/")}/command`,
            on: "ON",
            off: "OFF",
            set: (text) => text,
        };
    if (levels[0] === "homie")
        return { topic: `${topic}/set`, on: "true", off: "false", set: (text) => text };
    const beside = levels.length > 1 ? levels.slice(0, -1).join("/") : topic;
    const key = last(field);
    const json = (v: unknown) => (key ? JSON.stringify({ [key]: v }) : String(v));
    return { topic: `${beside}/set`, on: json(true), off: json(false), set: (text) => json(asJson(text)) };
}

/** `21.5` is a number, `true` a truth, all else text. */
function asJson(text: string): unknown {
    try {
        const v: unknown = JSON.parse(text);
        return typeof v === "number" || typeof v === "boolean" ? v : text;
    } catch {
        return text;
    }
}

import { LONGEST, SHORTEST, type View } from "./view.ts";

/** Series in one chart. */
export const MOST = 6;
const HOUR = 3_600_000;

/** How a device is looked at; all of it is in the address. */
export interface Look {
    view: View;
    chosen: readonly number[];
    asTable: boolean;
}

export function readLook(
    ask: URLSearchParams,
    standard: readonly number[],
    known: (id: number) => boolean,
): Look {
    const span = Number(ask.get("span")) || HOUR;
    const said = ask.get("s");
    const ids = (said ?? "").split(",").filter(Boolean).map(Number).filter(known).slice(0, MOST);
    return {
        view: {
            span: Math.min(LONGEST, Math.max(SHORTEST, span)),
            end: Number(ask.get("end")) || null,
        },
        chosen: ids.length > 0 || said === "" ? ids : standard,
        asTable: ask.get("table") === "1",
    };
}

export function writeLook(
    { view, chosen, asTable }: Look,
    standard: readonly number[],
): Record<string, string> {
    return {
        ...(chosen.join() === standard.join() ? {} : { s: chosen.join() }),
        ...(view.span === HOUR ? {} : { span: String(Math.round(view.span)) }),
        ...(view.end === null ? {} : { end: String(Math.round(view.end)) }),
        ...(asTable ? { table: "1" } : {}),
    };
}

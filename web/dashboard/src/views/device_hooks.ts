import { useEffect, useMemo, useState } from "preact/hooks";
import type { AlarmRule } from "../../../client/src/index.ts";
import { ChartModel } from "../chart/model.ts";
import { pan, type View, viewOf, zoom } from "../chart/view.ts";
import { convertValue } from "../lib/units.ts";
import { api, clock, listen, table } from "../state/app.ts";
import { pausedAt } from "../state/link.ts";
import { letters } from "../state/settings.ts";
import { conversion, shownApi } from "../state/shown.ts";

const DAY = 24 * 3_600_000;

export function useKeys(act: (change: (view: View) => View) => void, onTable: () => void): void {
    useEffect(() => {
        const onKey = (event: KeyboardEvent) => {
            const target = event.target as HTMLElement;
            if (
                event.ctrlKey ||
                event.metaKey ||
                event.altKey ||
                target.closest("input, select, textarea, details")
            )
                return;
            const letter = /^[a-z]$/i.test(event.key);
            if (letter && letters.peek() === "off") return;
            const at = clock.now();
            const moves: Record<string, (view: View) => View> = {
                ArrowLeft: (v) => pan(v, -0.25, at),
                ArrowRight: (v) => pan(v, 0.25, at),
                "+": (v) => zoom(v, 0.5, at),
                "=": (v) => zoom(v, 0.5, at),
                "-": (v) => zoom(v, 2, at),
                l: (v) => ({ ...v, end: null }),
                L: (v) => ({ ...v, end: null }),
                End: (v) => ({ ...v, end: null }),
                Home: (v) => viewOf(at - DAY, at - DAY + v.span, at),
            };
            if (event.key === "t") return onTable();
            const move = moves[event.key];
            if (!move) return;
            event.preventDefault();
            act(move);
        };
        addEventListener("keydown", onKey);
        return () => removeEventListener("keydown", onKey);
    }, []);
}

/** The width inside an element, as it changes. */
export function useRoom(element: { current: HTMLElement | null }): number {
    const [room, setRoom] = useState(320);
    useEffect(() => {
        const host = element.current as HTMLElement;
        const measure = () => {
            const style = getComputedStyle(host);
            setRoom(
                host.clientWidth -
                    Number.parseFloat(style.paddingLeft) -
                    Number.parseFloat(style.paddingRight),
            );
        };
        const size = new ResizeObserver(measure);
        size.observe(host);
        return () => size.disconnect();
    }, [element]);
    return room;
}

export function useModel(): ChartModel {
    const model = useMemo(
        () =>
            new ChartModel(
                shownApi,
                () => clock.now(),
                (id) => table.interval[id] ?? 0,
            ),
        [],
    );
    useEffect(() => {
        const unlisten = listen((id, at, v) => {
            if (pausedAt.peek() === null) model.live(id, at, convertValue(v, conversion(id)));
        });
        return () => {
            unlisten();
            model.stop();
        };
    }, [model]);
    return model;
}

/** null until they were read. */
export function useRules(): AlarmRule[] | null {
    const [rules, set] = useState<AlarmRule[] | null>(null);
    useEffect(() => {
        const stop = new AbortController();
        api.alarmRules(stop.signal).then(
            (said) => set(said.rules),
            () => set([]),
        );
        return () => stop.abort();
    }, []);
    return rules;
}

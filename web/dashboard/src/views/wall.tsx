import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { formatClock, formatMinute } from "../lib/format.ts";
import { nextPlace, placeOf, wallPlan } from "../lib/wall.ts";
import { alarms } from "../state/alarms.ts";
import { asOf, goneFor, newBuild, now } from "../state/link.ts";
import { parseRoute, route, wallRoute } from "../state/route.ts";
import { Mark } from "../ui/glyph.tsx";
import { PAGES } from "./pages.ts";

const SHIFT_EVERY_MS = 60_000;
const SHIFTS = [0, 2, 4, 2];
const MOST = Math.max(...SHIFTS);

/** Turns the views of the address over; a tap holds the one that is there; a new alarm brings its own. */
function usePlace(views: readonly string[], every: number) {
    const [place, setPlace] = useState(0);
    const [held, setHeld] = useState(false);
    const newest = alarms.value?.filter((one) => one.state === "open")[0];
    useEffect(() => {
        if (held || views.length < 2) return;
        const timer = setInterval(() => setPlace((n) => nextPlace(n, views.length)), every);
        return () => clearInterval(timer);
    }, [held, views.length, every, place]);
    useEffect(() => {
        if (newest) setPlace((n) => placeOf(views, newest.device) ?? n);
    }, [newest?.id]);
    return { view: views[place % views.length] as string, held, toggle: () => setHeld((on) => !on) };
}

/** For a screen that nobody sits at: no controls, large type, one view after the other. */
export function Wall() {
    const here = route.value;
    const { views, every } = wallPlan(here.view === "wall" ? here.ask : new URLSearchParams());
    const { view, held, toggle } = usePlace(views, every);
    const shown = parseRoute(`#/${view === "overview" ? "" : view}`);
    useEffect(() => {
        wallRoute.value = shown;
        return () => {
            wallRoute.value = null;
        };
    }, [view]);
    useEffect(() => {
        // Nobody is there to press the button.
        if (newBuild.value) location.reload();
    }, [newBuild.value]);
    const { View } = PAGES[shown.view];
    const shift = SHIFTS[Math.floor(now.value / SHIFT_EVERY_MS) % SHIFTS.length] as number;
    const old = goneFor.value > 1000;
    return (
        <div class="wall" style={{ padding: `${shift}px ${MOST - shift}px 0 ${shift}px` }}>
            <p class="wall-head">
                <Mark />
                <b>{formatMinute(now.value)}</b>
                <span class={old ? "warn" : ""} role="status">
                    {old ? t("link.asOf", { time: formatClock(asOf.peek()) }) : t("link.live")}
                </span>
                <button type="button" class="button quiet" aria-pressed={held} onClick={toggle}>
                    {t(held ? "wall.go" : "wall.hold")}
                </button>
                <a class="button quiet" href="#/">
                    {t("wall.leave")}
                </a>
            </p>
            {wallRoute.value?.view === shown.view && <View key={view} />}
        </div>
    );
}

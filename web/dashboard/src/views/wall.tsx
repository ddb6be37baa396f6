import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { formatClock } from "../lib/format.ts";
import { nextPlace, placeOf, wallPlan, wallZoom } from "../lib/wall.ts";
import { alarms } from "../state/alarms.ts";
import { asOf, frozenAt, newBuild, now, welcome } from "../state/link.ts";
import { parseRoute, route, wallRoute } from "../state/route.ts";
import { Mark } from "../ui/glyph.tsx";
import { PAGES } from "./pages.ts";
import { WallOverview } from "./wall_overview.tsx";

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
    // Those that were on before the wall was there are no news.
    const known = useRef<number | null>(null);
    const read = alarms.value !== null;
    useEffect(() => {
        if (!read) return;
        if (known.current !== null && newest && newest.id > known.current)
            setPlace((n) => placeOf(views, newest.device) ?? n);
        known.current = Math.max(known.current ?? 0, newest?.id ?? 0);
    }, [read, newest?.id]);
    return { view: views[place % views.length] as string, held, toggle: () => setHeld((on) => !on) };
}

const TOOLS_MS = 5000;

/** What can be pressed is there while somebody is: after a tap or a move of the pointer, for a while. */
function useSomebody(): boolean {
    const [there, set] = useState(false);
    useEffect(() => {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const come = () => {
            set(true);
            clearTimeout(timer);
            timer = setTimeout(() => set(false), TOOLS_MS);
        };
        addEventListener("pointermove", come);
        addEventListener("pointerdown", come);
        return () => {
            clearTimeout(timer);
            removeEventListener("pointermove", come);
            removeEventListener("pointerdown", come);
        };
    }, []);
    return there;
}

function useZoom(): number {
    const [zoom, set] = useState(() => wallZoom(innerWidth, innerHeight));
    useEffect(() => {
        const measure = () => set(wallZoom(innerWidth, innerHeight));
        addEventListener("resize", measure);
        return () => removeEventListener("resize", measure);
    }, []);
    return zoom;
}

function WallHead() {
    return (
        <p class="wall-head">
            <Mark />
            <b>{welcome.value?.gateway ?? "tidegate"}</b>
            <span class="wall-time">
                <span class={frozenAt.value === null ? "" : "warn frozen"} role="status">
                    {frozenAt.value === null ? t("wall.data") : t("wall.old")}
                </span>{" "}
                <b>{formatClock(frozenAt.value ?? asOf.value)}</b>
            </span>
        </p>
    );
}

/** For a screen that nobody sits at: no controls, as large as it can be, one view after the other. */
export function Wall() {
    const here = route.value;
    const { views, every } = wallPlan(here.view === "wall" ? here.ask : new URLSearchParams());
    const { view, held, toggle } = usePlace(views, every);
    const shown = parseRoute(`#/${view}`);
    const zoom = useZoom();
    const somebody = useSomebody();
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
    return (
        <div
            class="wall"
            style={{
                "--wall-zoom": String(zoom),
                zoom: String(zoom),
                padding: `${shift}px ${MOST - shift}px 0 ${shift}px`,
            }}
        >
            <h1 class="sr">{t("nav.wall")}</h1>
            <WallHead />
            {wallRoute.value?.view === shown.view &&
                (shown.view === "overview" ? <WallOverview zoom={zoom} /> : <View key={view} />)}
            <p class={`wall-tools ${somebody ? "is-shown" : ""}`}>
                {views.length > 1 && (
                    <button type="button" class="button" aria-pressed={held} onClick={toggle}>
                        {t(held ? "wall.go" : "wall.hold")}
                    </button>
                )}
                <a class="button" href="#/">
                    {t("wall.leave")}
                </a>
            </p>
        </div>
    );
}

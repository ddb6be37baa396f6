import { effect } from "@preact/signals";
import { render } from "preact";
import { loadLanguage, t } from "./i18n/t.ts";
import { followAlarms } from "./state/alarms.ts";
import { pause, proceed, startApp } from "./state/app.ts";
import { goneFor, pausedAt, welcome } from "./state/link.ts";
import { followPresence } from "./state/presence.ts";
import { followRoute, parseRoute, route } from "./state/route.ts";
import { followSession, stage } from "./state/session.ts";
import { applySettings, language, letters, usualOverview } from "./state/settings.ts";
import { Banners } from "./ui/banners.tsx";
import { Patterns } from "./ui/glyph.tsx";
import { Header, Nav } from "./ui/header.tsx";
import { helping } from "./ui/help.ts";
import { ENTRY, KEYS, PAGES } from "./views/pages.ts";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/gate.css";
import "./styles/table.css";
import "./styles/device.css";
import "./styles/gateway.css";
import "./styles/alarms.css";
import "./styles/beside.css";
import "./styles/settings.css";
import "./styles/coarse.css";

/** The values on screen are old: they stay readable, but lose their colour. */
const FADE_MS = 10_000;

function View() {
    const { View: Chosen } = PAGES[route.value.view];
    return <Chosen key={route.value.view} />;
}

function App() {
    if (stage.value !== "page") return <ENTRY.View />;
    if (route.value.view === "wall")
        return (
            <>
                <Patterns />
                <main id="main" class={goneFor.value > FADE_MS ? "is-old" : ""}>
                    <View />
                </main>
            </>
        );
    return (
        <>
            <Patterns />
            <button type="button" class="skip" onClick={toMain}>
                {t("skip")}
            </button>
            <Header />
            <Banners />
            <main id="main" tabIndex={-1} class={goneFor.value > FADE_MS ? "is-old" : ""}>
                <View />
            </main>
            <Nav place="bottom" />
            {helping.value && <KEYS.View />}
        </>
    );
}

// A button, for the hash is the route: a link to #main would leave the view.
function toMain(): void {
    document.getElementById("main")?.focus();
}

function step(by: 1 | -1): void {
    const links = [...document.querySelectorAll<HTMLElement>(".table a.device")];
    const at = links.indexOf(document.activeElement as HTMLElement);
    const next = links[at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + by))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
}

/** `g` and then a letter goes to a page. */
const PLACES: Record<string, string> = {
    d: "#/devices",
    a: "#/alarms",
    g: "#/gateway",
    s: "#/settings",
};
let going = false;

function onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (helping.peek()) return;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, details"))
        return;
    if (letters.peek() === "off") return;
    const place = event.key === "o" ? usualOverview.peek() : PLACES[event.key];
    if (going && place) {
        going = false;
        location.hash = place;
        return;
    }
    const acts: Record<string, () => void> = {
        "/": () => document.querySelector<HTMLElement>("main .filter input")?.focus(),
        j: () => step(1),
        k: () => step(-1),
        g: () => {
            going = true;
            setTimeout(() => {
                going = false;
            }, 1000);
        },
        "?": () => {
            helping.value = true;
        },
        p: () => (pausedAt.peek() === null ? pause() : proceed()),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
}

/** The code of a page comes while the finger is still on its way. */
function preload(event: Event): void {
    const link = (event.target as Element).closest?.('a[href^="#/"]');
    if (link) void PAGES[parseRoute(link.getAttribute("href") as string).view].preload();
}

function begin(): void {
    effect(() => {
        const here = route.value;
        const place = here.view === "device" ? here.device : t(`nav.${here.view}`);
        document.title = [place, welcome.value?.gateway, "tidegate"].filter(Boolean).join(" · ");
    });
    addEventListener("keydown", onKey);
    addEventListener("pointerover", preload);
    addEventListener("focusin", preload);
    render(<App />, document.getElementById("app") as HTMLElement);
}

applySettings();
followRoute(usualOverview.peek());
followAlarms();
followPresence();
followSession();
// The connection does not wait for the texts and the first page's code, nor these for it.
startApp();
void Promise.all([loadLanguage(language.peek()), PAGES[route.peek().view].preload()]).then(begin, () => {
    // Without a word nothing can be shown: the gateway was restarted, or refused it for being asked too much.
    setTimeout(() => location.reload(), 3000);
});

import { effect } from "@preact/signals";
import { render } from "preact";
import { t } from "./i18n/t.ts";
import { followAlarms } from "./state/alarms.ts";
import { pause, proceed, startApp } from "./state/app.ts";
import { goneFor, pausedAt, welcome } from "./state/link.ts";
import { followRoute, route } from "./state/route.ts";
import { applySettings } from "./state/settings.ts";
import { Banners } from "./ui/banners.tsx";
import { FILTER_ID } from "./ui/filter.tsx";
import { Patterns } from "./ui/glyph.tsx";
import { Header, Nav } from "./ui/header.tsx";
import { Alarms } from "./views/alarms.tsx";
import { DeviceView } from "./views/device.tsx";
import { Devices } from "./views/devices.tsx";
import { GatewayPage } from "./views/gateway.tsx";
import { Overview } from "./views/overview.tsx";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/gate.css";
import "./styles/table.css";
import "./styles/device.css";
import "./styles/gateway.css";
import "./styles/alarms.css";
import "./styles/coarse.css";

/** The values on screen are old: they stay readable, but lose their colour. */
const FADE_MS = 10_000;

function View() {
    const here = route.value;
    if (here.view === "devices") return <Devices />;
    if (here.view === "alarms") return <Alarms />;
    if (here.view === "gateway") return <GatewayPage />;
    if (here.view === "device") return <DeviceView device={here.device} />;
    return <Overview />;
}

function App() {
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

function onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, details"))
        return;
    const acts: Record<string, () => void> = {
        "/": () => document.getElementById(FILTER_ID)?.focus(),
        j: () => step(1),
        k: () => step(-1),
        p: () => (pausedAt.peek() === null ? pause() : proceed()),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
}

applySettings();
effect(() => {
    const here = route.value;
    const place = here.view === "device" ? here.device : t(`nav.${here.view}`);
    document.title = [place, welcome.value?.gateway, "tidegate"].filter(Boolean).join(" · ");
});
followRoute();
followAlarms();
addEventListener("keydown", onKey);
render(<App />, document.getElementById("app") as HTMLElement);
startApp();

import { t } from "../i18n/t.ts";
import { formatClock, formatEvery } from "../lib/format.ts";
import { pause, proceed } from "../state/app.ts";
import { asOf, frozenAt, gateway, pausedAt, welcome } from "../state/link.ts";
import { route } from "../state/route.ts";
import { session } from "../state/session.ts";
import { usualOverview } from "../state/settings.ts";
import { ThemeChoice } from "./display.tsx";
import { Mark } from "./glyph.tsx";
import { helping } from "./help.ts";

const VIEWS = [
    {
        view: "overview",
        href: "#/",
        key: "nav.overview",
        icon: "M3 9c3-4 5 2 9-1s6-1 9-1M3 16c3-4 5 2 9-1s6-1 9-1",
    },
    { view: "devices", href: "#/devices", key: "nav.devices", icon: "M4 6h16M4 12h16M4 18h16" },
    {
        view: "alarms",
        href: "#/alarms",
        key: "nav.alarms",
        icon: "M12 4l9 16H3zM12 10v5M12 17.5v.5",
    },
    {
        view: "gateway",
        href: "#/gateway",
        key: "nav.gateway",
        icon: "M4 20V8l8-4 8 4v12M4 14h16M9 20v-6M15 20v-6",
    },
    {
        view: "settings",
        href: "#/settings",
        key: "nav.settings",
        icon: "M4 7h9M17 7h3M4 17h3M11 17h9M13 5v4M7 15v4",
    },
] as const;

function isHere(view: string): boolean {
    const here = route.value.view;
    return view === here || (view === "devices" && here === "device");
}

/** How many nobody has seen yet; a shape, a number and words. */
function AlarmCount() {
    const open = gateway.value?.alarms?.open ?? 0;
    if (open === 0) return null;
    const { critical = 0, warning = 0 } = gateway.value?.alarms ?? {};
    const worst = critical > 0 ? "critical" : warning > 0 ? "warning" : "info";
    return (
        <span class={`alarm-count is-${worst}`}>
            <span aria-hidden="true">{open}</span>
            <span class="sr">{t("alarms.open", { n: open })}</span>
        </span>
    );
}

export function Nav({ place }: { place: "top" | "bottom" }) {
    return (
        <nav class={`nav nav-${place}`} aria-label={t("nav.label")}>
            {VIEWS.map(({ view, href, key, icon }) => (
                <a
                    key={view}
                    href={view === "overview" ? usualOverview.value : href}
                    aria-current={isHere(view) ? "page" : undefined}
                >
                    {place === "bottom" && (
                        <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" class="icon">
                            <path class="line" d={icon} />
                        </svg>
                    )}
                    {t(key)}
                    {view === "alarms" && <AlarmCount />}
                </a>
            ))}
        </nav>
    );
}

function LinkState() {
    if (pausedAt.value !== null) return <b>{t("link.paused", { time: formatClock(pausedAt.value) })}</b>;
    if (welcome.value && frozenAt.value === null) {
        const rate = formatEvery((welcome.value?.rate ?? 500) * (gateway.value?.load?.stretch ?? 1));
        return (
            <>
                <b>{t("link.live")}</b>
                <span class="wide">, {t("link.every", { rate })}</span>
            </>
        );
    }
    if (!welcome.value) return <b>{t("link.connecting")}</b>;
    return (
        <>
            <b class="warn frozen">{t("link.asOf", { time: formatClock(frozenAt.value ?? asOf.peek()) })}</b>
            <span class="wide"> {t("link.reconnecting")}</span>
        </>
    );
}

function closeOnLeave(event: FocusEvent): void {
    const menu = event.currentTarget as HTMLDetailsElement;
    if (!menu.contains(event.relatedTarget as Node | null) && event.relatedTarget) menu.open = false;
}

function closeOnEscape(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    const menu = event.currentTarget as HTMLDetailsElement;
    menu.open = false;
    menu.querySelector("summary")?.focus();
}

function help(event: Event): void {
    const menu = (event.currentTarget as HTMLElement).closest("details");
    if (menu) menu.open = false;
    helping.value = true;
}

function DisplayMenu() {
    return (
        <details class="menu" onFocusOut={closeOnLeave} onKeyDown={closeOnEscape}>
            <summary class="button quiet" aria-label={t("menu.display")} title={t("menu.display")}>
                <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" class="icon">
                    <circle class="line" cx="10" cy="10" r="7" />
                    <path class="solid" d="M10 3a7 7 0 0 1 0 14z" />
                </svg>
            </summary>
            <div class="menu-sheet">
                <ThemeChoice scope="menu" />
                <button type="button" class="link-button keys-button wide" onClick={help}>
                    {t("menu.keys")} <kbd>?</kbd>
                </button>
            </div>
        </details>
    );
}

export function Header() {
    const paused = pausedAt.value !== null;
    return (
        <header class="header">
            <a class="brand" href={usualOverview.value}>
                <Mark />
                <span class="wordmark">tidegate</span>
            </a>
            <span class="site">{welcome.value?.gateway ?? ""}</span>
            <Nav place="top" />
            <span class="link" role="status">
                <LinkState />
            </span>
            <button type="button" class="button" onClick={() => (paused ? proceed() : pause())}>
                {t(paused ? "link.continue" : "link.pause")}
            </button>
            {session.value?.name && (
                <a class="who wide" href="#/settings">
                    {session.value.name}
                </a>
            )}
            <DisplayMenu />
        </header>
    );
}

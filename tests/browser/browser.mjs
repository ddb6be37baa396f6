// What the browser tests share: one Chromium, pages that write down whatever goes wrong in them, and patience.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

// The packages live in web/, where the dashboard is built.
const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const url = process.env.TIDEGATE_URL?.replace(/\/?$/, "/");
export const skip = url ? false : "TIDEGATE_URL is not set";
export const patience = Number(process.env.TIDEGATE_WAIT ?? 20_000);
export const restart = process.env.TIDEGATE_RESTART;

/** Commands that take the upstream's link away and give it back. */
export const plug = { pull: process.env.TIDEGATE_PULL, put: process.env.TIDEGATE_PUT };

/** Commands that make the gateway hang, and go on. */
export const hang = { stop: process.env.TIDEGATE_STOP, go: process.env.TIDEGATE_GO };

export const shots = process.env.TIDEGATE_SHOTS ?? fileURLToPath(new URL("../../build/shots", import.meta.url));

export function launch() {
    return chromium.launch({
        executablePath: process.env.TIDEGATE_CHROMIUM ?? "/usr/bin/chromium",
        args: [
            "--no-sandbox",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    });
}

/** A page at `hash`, with what went wrong in it: console errors, exceptions, failed requests, requests to elsewhere. */
export async function open(
    browser,
    hash,
    { width = 1440, height = 900, colorScheme = "light", wrong = [], more = {}, at = url } = {},
) {
    const context = await browser.newContext({
        viewport: { width, height },
        colorScheme,
        locale: "en-GB",
        deviceScaleFactor: width < 500 ? 2 : 1,
        isMobile: width < 500,
        hasTouch: width < 500,
        ...more,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    page.on("console", (m) => {
        if (m.type() === "error" || m.type() === "warning") wrong.push(`console: ${m.text()}`);
    });
    page.on("pageerror", (e) => wrong.push(`exception: ${e.message}`));
    page.on("request", (r) => {
        if (new URL(r.url()).origin !== new URL(at).origin && !r.url().startsWith("data:"))
            wrong.push(`elsewhere: ${r.url()}`);
    });
    page.on("websocket", (ws) => {
        if (new URL(ws.url()).host !== new URL(at).host) wrong.push(`elsewhere: ${ws.url()}`);
    });
    await page.goto(at + hash);
    return { page, context, wrong };
}

export async function shot(page, name) {
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: `${shots}/${name}.png` });
}

/** Violations of WCAG 2.2 AA that axe finds, one line each. */
export async function violations(page) {
    if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
    const found = await page.evaluate(() =>
        globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }),
    );
    return found.violations.flatMap((v) =>
        v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.failureSummary}`),
    );
}

/** A series of numbers that the gateway knows. */
export async function number() {
    const answer = await fetch(`${url}api/v1/series?limit=5000`);
    const { series } = await answer.json();
    const found = series.find((s) => s.type === "number" && s.of === undefined);
    if (!found) throw new Error("the gateway knows no series of numbers");
    return found;
}

/** Every page, by what shows that it is whole. */
export const PAGES = ({ device }) => [
    { name: "overview", hash: "#/", sign: ".table .row:not(.head) .value" },
    { name: "devices", hash: "#/devices", sign: ".table .device-row:not(.head)" },
    { name: "device", hash: `#/d/${encodeURIComponent(device)}`, sign: ".events, .device-view .side .note" },
    { name: "alarms", hash: "#/alarms", sign: ".alarm-teach, .alarm-row" },
    { name: "gateway", hash: "#/gateway", sign: ".books" },
    { name: "settings", hash: "#/settings", sign: ".settings-page textarea" },
    { name: "wall", hash: "#/wall?views=overview,alarms&every=600", sign: ".wall-row .wall-value" },
];

/** From now on what moves by itself is written down. */
export function watchShifts(page) {
    return page.evaluate(() => {
        globalThis.shifts = [];
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries())
                for (const { node } of entry.sources)
                    if (!entry.hadRecentInput)
                        globalThis.shifts.push({ by: entry.value, what: String(node?.className ?? node?.nodeName) });
        }).observe({ type: "layout-shift", buffered: false });
    });
}

export function shiftsOf(page) {
    return page.evaluate(() => globalThis.shifts);
}

/** Texts of all values in the table. */
export function values(page) {
    return page.locator(".table .row:not(.head) .value").allTextContents();
}

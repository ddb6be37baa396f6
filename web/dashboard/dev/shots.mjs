// Pictures of the page against the stand-in gateway, to look at: sh ./node dashboard/dev/shots.mjs DIR [NAME…]
// SHOTS=1440-light,390-dark takes these of each alone.
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { startFake } from "./gateway.mjs";

const [dir = "shots", ...only] = process.argv.slice(2);
mkdirSync(dir, { recursive: true });

const PAGES = [
    { name: "overview", hash: "#/" },
    { name: "outage", hash: "#/", scenario: "outage" },
    { name: "many", hash: "#/", scenario: "many" },
    { name: "none", hash: "#/", scenario: "none" },
    { name: "broker", hash: "#/", scenario: "broker" },
    { name: "trouble", hash: "#/", scenario: "trouble" },
    { name: "busy", hash: "#/", scenario: "busy" },
    { name: "empty", hash: "#/", scenario: "empty" },
    { name: "device", hash: "#/d/cold-b", range: "6 h", hover: true, scenario: "outage" },
    { name: "mixed", hash: "#/d/press-3", range: "5 min" },
    { name: "devices", hash: "#/devices" },
    { name: "gateway", hash: "#/gateway", scenario: "outage" },
    { name: "settings", hash: "#/settings", scenario: "accounts" },
    { name: "login", hash: "#/", scenario: "login" },
    { name: "setup", hash: "#/", scenario: "setup" },
    { name: "wall", hash: "#/wall?views=overview,alarms", scenario: "outage" },
    { name: "alarms", hash: "#/alarms", scenario: "alarms" },
    { name: "alarms-overview", hash: "#/", scenario: "alarms" },
    { name: "alarms-none", hash: "#/alarms" },
    { name: "alarms-german", hash: "#/alarms", scenario: "alarms", locale: "de-DE" },
    { name: "lost", hash: "#/gateway", scenario: "lost" },
    { name: "lost-chart", hash: "#/d/cold-b", range: "6 h", scenario: "lost" },
    { name: "lost-german", hash: "#/gateway", scenario: "lost", locale: "de-DE" },
    { name: "thousand", hash: "#/", series: 1000 },
    { name: "german", hash: "#/", scenario: "outage", locale: "de-DE" },
];
const SIZES = [
    [1440, 900],
    [390, 844],
];

const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ],
});
for (const page of PAGES.filter((p) => only.length === 0 || only.includes(p.name))) {
    const fake = await startFake({ series: page.series ?? 86, scenario: page.scenario ?? "normal" });
    for (const [width, height] of SIZES) {
        for (const colorScheme of ["light", "dark"]) {
            const only = process.env.SHOTS?.split(",");
            if (only && !only.includes(`${width}-${colorScheme}`)) continue;
            const context = await browser.newContext({
                viewport: { width, height },
                colorScheme,
                locale: page.locale ?? "en-GB",
                deviceScaleFactor: width < 500 ? 2 : 1,
            });
            const tab = await context.newPage();
            tab.on(
                "console",
                (m) => m.type() !== "info" && console.log(page.name, width, m.type(), m.text()),
            );
            tab.on("pageerror", (e) => console.log(page.name, width, e.stack));
            await tab.goto(fake.url + page.hash);
            await tab.waitForTimeout(2500);
            if (page.range) await tab.getByRole("button", { name: page.range, exact: true }).click();
            if (page.hover && width > 500) {
                await tab.waitForTimeout(800);
                await tab.mouse.move(900, 420);
            }
            await tab.waitForTimeout(1500);
            await tab.screenshot({ path: `${dir}/${page.name}-${width}-${colorScheme}.png` });
            await context.close();
        }
    }
    await fake.stop();
}
await browser.close();

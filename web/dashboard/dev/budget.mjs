// What a cold load of each page weighs in each language, packed as the gateway packs it, against what it may weigh: every file
// that Chromium asks for until it asks for nothing more. Fails when it is too much, or when it cannot be measured.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { build } from "vite";
import { startFake } from "./gateway.mjs";

const KB = 1024;
const BUDGET = { js: 70 * KB, css: 12 * KB, woff2: 60 * KB, client: 5 * KB };
const PAGES = {
    overview: { hash: "#/" },
    devices: { hash: "#/devices" },
    device: { hash: "#/d/cold-b" },
    alarms: { hash: "#/alarms", scenario: "alarms" },
    gateway: { hash: "#/gateway" },
    settings: { hash: "#/settings", scenario: "accounts" },
    wall: { hash: "#/wall", scenario: "outage" },
    "log in": { hash: "#/", scenario: "login" },
    "set up": { hash: "#/", scenario: "setup" },
    "no such page": { hash: "#/nosuch" },
};
const LANGUAGES = ["en-GB", "de-DE"];
const IDLE_MS = 1500;

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const executablePath = process.env.TIDEGATE_CHROMIUM ?? "/usr/bin/chromium";
let failed = false;

// As web/server/embed_assets.cmake does it: gzip -9, and brotli -q 11 -w 22; fonts are packed already.
const PACK = {
    gzip: (body) => gzipSync(body, { level: 9 }).length,
    brotli: (body) =>
        brotliCompressSync(body, {
            params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 },
        }).length,
};
const sizes = new Map();
function weigh(file) {
    if (!sizes.has(file)) {
        const body = readFileSync(dist + file);
        const packed = Object.entries(PACK).map(([way, pack]) => [
            way,
            file.endsWith(".woff2") ? body.length : pack(body),
        ]);
        sizes.set(file, Object.fromEntries(packed));
    }
    return sizes.get(file);
}
const total = (files, way) => files.reduce((sum, file) => sum + weigh(file)[way], 0);

function check(name, files, most) {
    // Gzip is what a browser is sent over plain HTTP in a LAN; over HTTPS and on localhost it takes brotli, and is sent that.
    const [gzip, brotli] = ["gzip", "brotli"].map((way) => total(files, way));
    const fits = gzip <= most && brotli <= most;
    failed ||= !fits;
    const kb = (size) => (size / KB).toFixed(1).padStart(6);
    const count = `${files.length} file${files.length === 1 ? "" : "s"}`;
    console.log(
        `${name.padEnd(26)} ${kb(gzip)} gzip ${kb(brotli)} brotli of ${String(most / KB).padStart(2)} KB, ${count}${fits ? "" : "  too much"}`,
    );
}

/** Every file of ours that the page asks for, from an empty cache until it is quiet. */
async function filesOf(browser, url, locale) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale });
    const page = await context.newPage();
    const files = new Set();
    let last = Date.now();
    page.on("request", (request) => {
        const { pathname } = new URL(request.url());
        if (!pathname.startsWith("/assets/")) return;
        files.add(pathname.slice(1));
        last = Date.now();
    });
    await page.goto(url);
    await page.waitForFunction(() => document.querySelector("#main")?.textContent.length > 20);
    while (Date.now() - last < IDLE_MS) await page.waitForTimeout(100);
    await context.close();
    return [...files].sort();
}

if (!existsSync(executablePath)) {
    console.log(`no Chromium at ${executablePath}: a cold load cannot be measured (TIDEGATE_CHROMIUM)`);
    process.exit(1);
}
const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-background-networking"],
});
let most = [];
for (const [name, { hash, scenario = "normal" }] of Object.entries(PAGES)) {
    const fake = await startFake({ scenario });
    for (const locale of LANGUAGES) {
        const files = await filesOf(browser, fake.url + hash, locale);
        const of = (kind) => files.filter((file) => file.endsWith(`.${kind}`));
        check(`js, ${name}, ${locale.slice(0, 2)}`, of("js"), BUDGET.js);
        for (const kind of ["css", "woff2"])
            if (
                total(of(kind), "gzip") >
                total(
                    most.filter((f) => f.endsWith(`.${kind}`)),
                    "gzip",
                )
            )
                most = [...most.filter((f) => !f.endsWith(`.${kind}`)), ...of(kind)];
    }
    await fake.stop();
}
await browser.close();
for (const kind of ["css", "woff2"])
    check(
        `${kind}, the most`,
        most.filter((file) => file.endsWith(`.${kind}`)),
        BUDGET[kind],
    );

const all = readdirSync(dist, { recursive: true }).map(String);
const scripts = all.filter((file) => file.endsWith(".js"));
console.log(
    `js, all there is: ${["gzip", "brotli"].map((way) => `${(total(scripts, way) / KB).toFixed(1)} ${way}`).join(", ")} KB, ${scripts.length} files`,
);

const client = await build({
    configFile: false,
    logLevel: "error",
    build: {
        write: false,
        lib: { entry: fileURLToPath(new URL("../../client/src/index.ts", import.meta.url)), formats: ["es"] },
    },
});
sizes.set("client", {
    gzip: PACK.gzip(client[0].output[0].code),
    brotli: PACK.brotli(client[0].output[0].code),
});
check("web/client", ["client"], BUDGET.client);

if (all.some((f) => f.endsWith(".map"))) {
    console.log("source maps in dist");
    failed = true;
}
process.exit(failed ? 1 : 0);

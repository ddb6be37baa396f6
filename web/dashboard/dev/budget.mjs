// What the first load weighs, compressed as the gateway sends it, against what it may weigh. Fails when it is too much.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const KB = 1024;
const BUDGET = { js: 70 * KB, css: 12 * KB, woff2: 60 * KB };
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const files = readdirSync(dist, { recursive: true }).map(String);
let failed = false;

function check(name, size, most) {
    const fits = size <= most;
    failed ||= !fits;
    console.log(
        `${name.padEnd(22)} ${(size / KB).toFixed(1).padStart(6)} of ${most / KB} KB${fits ? "" : "  too much"}`,
    );
}

const read = (file) => readFileSync(`${dist}assets/${file}`);
const weight = (file) => gzipSync(read(file), { level: 9 }).length;
const assets = files.filter((f) => f.startsWith("assets/")).map((f) => f.slice("assets/".length));
const scripts = assets.filter((f) => f.endsWith(".js"));
const named = (name) => {
    const found = scripts.filter((f) => f.replace(/-[\w-]{8}\.js$/, "") === name);
    // Two of one name are told apart by size: a page's own code is larger than what it shares.
    return found.sort((a, b) => weight(b) - weight(a))[0];
};

/** A script and everything that it cannot start without. */
function needs(file, seen = new Set()) {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const [, other] of String(read(file)).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g))
        needs(other, seen);
    return seen;
}

// JavaScript: each page as it is loaded cold, until it shows its data, in the language that weighs more.
const entry = /src="\.\/assets\/(index-[\w-]+\.js)"/.exec(readFileSync(`${dist}index.html`, "utf8"))[1];
const heavier = (a, b) => [named(a), named(b)].sort((x, y) => weight(y) - weight(x))[0];
const PAGES = {
    "overview, devices": [],
    device: ["device"],
    alarms: ["alarms"],
    gateway: ["gateway", heavier("en_more", "de_more")],
    settings: ["settings", heavier("en_more", "de_more")],
    "log in, set up": ["entry", heavier("en_more", "de_more")],
    wall: ["wall", heavier("en_more", "de_more")],
};
for (const [page, own] of Object.entries(PAGES)) {
    const all = new Set(needs(entry));
    for (const name of [heavier("en", "de"), ...own])
        for (const file of needs(name.endsWith(".js") ? name : named(name))) all.add(file);
    const size = [...all].reduce((sum, file) => sum + weight(file), 0);
    check(`js, ${page}`, size, BUDGET.js);
}
const everything = scripts.reduce((sum, file) => sum + weight(file), 0);
console.log(`${"js, all there is".padEnd(22)} ${(everything / KB).toFixed(1).padStart(6)} KB`);

for (const kind of ["css", "woff2"]) {
    const own = files.filter((f) => f.endsWith(`.${kind}`)).map((f) => readFileSync(dist + f));
    const size = own.reduce(
        (sum, body) => sum + (kind === "woff2" ? body.length : gzipSync(body, { level: 9 }).length),
        0,
    );
    check(kind === "woff2" ? kind : `${kind} (gzip)`, size, BUDGET[kind]);
}

const client = await build({
    configFile: false,
    logLevel: "error",
    build: {
        write: false,
        lib: { entry: fileURLToPath(new URL("../../client/src/index.ts", import.meta.url)), formats: ["es"] },
    },
});
check("web/client (gzip)", gzipSync(client[0].output[0].code, { level: 9 }).length, 5 * KB);

if (files.some((f) => f.endsWith(".map"))) {
    console.log("source maps in dist");
    failed = true;
}
process.exit(failed ? 1 : 0);

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

for (const [kind, most] of Object.entries(BUDGET)) {
    const own = files.filter((f) => f.endsWith(`.${kind}`)).map((f) => readFileSync(dist + f));
    const size = own.reduce(
        (sum, body) => sum + (kind === "woff2" ? body.length : gzipSync(body, { level: 9 }).length),
        0,
    );
    check(`${kind}${kind === "woff2" ? "" : " (gzip)"}`, size, most);
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

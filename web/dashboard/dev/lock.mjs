// Run after any change of the lock (npm run lock). npm leaves out optional packages whose `engines` the Node that runs npm
// does not meet. Vite's native parts are optional and ask for Node 20, but Debian 12's npm runs on 18, and they will run
// on the Node 22 that the same lock brings. Without the field, npm installs them.
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
let changed = 0;
for (const entry of Object.values(lock.packages)) {
    if (!entry.optional || !entry.engines) continue;
    delete entry.engines;
    changed++;
}
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${changed} optional packages without engines`);
if (JSON.stringify(lock).includes("resolved")) throw new Error("the lock names a registry: see .npmrc");

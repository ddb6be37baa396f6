// Draws the icons of the installed page from its mark: sh ./node dashboard/dev/icons.mjs. Run after the mark has changed.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const mark = readFileSync(at("../src/mark.svg"), "utf8");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const size of [192, 512]) {
    const page = await browser.newPage({ viewport: { width: size, height: size }, colorScheme: "dark" });
    // A tenth to either side, so that a launcher may cut a circle out of it.
    await page.setContent(
        `<body style="margin:0;background:#0a1317;display:grid;place-items:center;height:100vh">
         <div style="width:60%;height:60%">${mark.replace("<svg", '<svg width="100%" height="100%"')}</div></body>`,
    );
    await page.screenshot({ path: at(`../public/icon-${size}.png`) });
}
await browser.close();

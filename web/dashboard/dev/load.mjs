// What 1000 series at 2 Hz cost the page: CPU of its main thread, by kind, and growth of its heap. load.mjs [URL] [SECONDS]
import { chromium } from "playwright-core";
import { startFake } from "./gateway.mjs";

const seconds = Number(process.argv[3] ?? 30);
const fake = process.argv[2] && process.argv[2] !== "fake" ? null : await startFake({ series: 1000 });
const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--enable-precise-memory-info"],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto(fake?.url ?? process.argv[2]);
await page.locator(".table .row:not(.head)").first().waitFor();
await page.waitForTimeout(4000);

const session = await page.context().newCDPSession(page);
await session.send("Performance.enable", { timeDomain: "threadTicks" });
await session.send("HeapProfiler.enable");
async function measure() {
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    return Object.fromEntries(metrics.map((m) => [m.name, m.value]));
}
const before = await measure();
await page.waitForTimeout(seconds * 1000);
const after = await measure();
const ms = (name) => (((after[name] - before[name]) / seconds) * 1000).toFixed(1);
console.log(
    `script ${ms("ScriptDuration")} ms/s, layout ${ms("LayoutDuration")}, style ${ms("RecalcStyleDuration")}, main thread ${ms("TaskDuration")}`,
);
console.log(
    `heap ${(after.JSHeapUsedSize / 1e6).toFixed(1)} MB, ${((after.JSHeapUsedSize - before.JSHeapUsedSize) / 1e3).toFixed(0)} kB in ${seconds} s; ${after.Nodes} nodes`,
);
await browser.close();
await fake?.stop();

// Pictures of every page against a running gateway when there is something to see: scripts/browser-tests has tests/browser/plant.mjs
// publish to it, and takes the upstream away. Each state is waited for, so that no picture is taken of less. See README.md.
import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { launch, open, plug, shot, skip, url, violations } from "./browser.mjs";

const SIZES = [
    [1440, 900],
    [390, 844],
];
const LOOKS = SIZES.flatMap(([width, height]) =>
    ["light", "dark"].map((colorScheme) => ({ width, height, colorScheme })),
);
const LONG_MS = 90_000;

/** The plant is there, or it is not wanted. */
const hush = process.env.TIDEGATE_PLANT;
const noPlant = skip || (plug.pull && plug.put && hush ? false : "TIDEGATE_PLANT is not set");

async function api(path, body) {
    const answer = await fetch(`${url}api/v1/${path}`, {
        ...(body ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}),
    });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
}

async function until(what, look) {
    for (const end = Date.now() + LONG_MS; Date.now() < end; ) {
        const found = await look();
        if (found) return found;
        await new Promise((done) => setTimeout(done, 500));
    }
    throw new Error(`${what} did not come`);
}

describe("pictures of a plant in trouble", { skip: noPlant }, () => {
    let browser;
    let cold;
    let pulled = false;
    before(async () => {
        browser = await launch();
        // An alarm that somebody has seen, and one that nobody has.
        const alarm = (name, state) => async () =>
            (await api("alarms?limit=100")).alarms.find((one) => one.alarm === name && (!state || one.state === state));
        const seen = await until("the alarm of the boiler", alarm("boiler-hot"));
        if (seen.state === "open") await api(`alarms/${seen.id}/acknowledge`, { by: "Ann", note: "valve ordered" });
        await until("the alarm of the freezer", alarm("freezer-warm", "open"));
        await until("a rejected message", async () => (await api("messages/rejected")).messages.length > 0);
        await until("a device that is away", async () => (await api("devices?state=offline")).devices.length > 0);
        cold = (await api("series?limit=5000")).series.filter((s) => s.device.includes("freezer"));
        assert.ok(cold.length >= 4);
        execSync(plug.pull, { stdio: "inherit" });
        pulled = true;
        await until("a backlog", async () => {
            const { upstreams } = await api("books");
            return upstreams[0].queued > 500;
        });
    });
    // Also behind a picture that was not taken: pages that are left would slow the next.
    afterEach(async () => {
        for (const context of browser.contexts()) await context.close();
        rmSync(hush, { force: true });
    });
    after(async () => {
        await browser?.close();
        if (pulled) execSync(plug.put, { stdio: "inherit" });
    });

    const each = async (name, hash, ready, at = LOOKS) => {
        // All of them are there before the first picture is taken: what is waited for may pass. One after the other, for the
        // gateway bounds how many requests it answers a second.
        const pages = [];
        for (const look of at) {
            const one = await open(browser, hash, look);
            await one.page.waitForLoadState("networkidle");
            pages.push({ look, ...one });
        }
        for (const { page } of pages) await ready(page);
        for (const { page, look, wrong } of pages) {
            await shot(page, `plant-${name}-${look.width}x${look.height}-${look.colorScheme}`);
            assert.deepEqual(wrong, []);
        }
        for (const { page } of pages) assert.deepEqual(await violations(page), [], name);
    };

    it("overview: an alarm, a late row, a station away, the upstream down with a backlog", () =>
        each("overview", "#/", async (page) => {
            // Silent from here on: late after some seconds, and stale after thirty.
            writeFileSync(hush, "");
            page.setDefaultTimeout(LONG_MS);
            await page.locator(".gate.is-shut").waitFor();
            await page.locator(".row.in-alarm").first().waitFor();
            await page.locator(".glyph.is-offline").first().waitFor({ state: "attached" });
            await page.locator(".row.is-1", { hasText: "gas-meter" }).first().waitFor();
            assert.match(await page.locator(".side-alarms").innerText(), /above .15\s°?C? ?· raised at|above/);
        }));

    it("a device: a second series, its limit, and a gap", async () => {
        const of = (device, name) => cold.find((s) => s.device.includes(device) && `${s.field}${s.name}`.includes(name));
        const [a, b] = [of("freezer-a", "air"), of("freezer-b", "air")];
        await each(
            "device",
            `#/d/${encodeURIComponent(a.device)}?s=${a.id},${b.id}&span=300000`,
            async (page) => {
                page.setDefaultTimeout(LONG_MS);
                await page.getByText("Samples").waitFor();
                await page.locator(".legend.limits li").first().waitFor();
                assert.equal(await page.locator(".legend:not(.limits) li").count(), 2);
                await page.locator(".fact", { hasText: "Missing" }).waitFor();
            },
        );
    });

    it("alarms: one that nobody has seen, one that is acknowledged", () =>
        each("alarms", "#/alarms", async (page) => {
            await page.locator(".alarm-row.is-open").first().waitFor();
            await page.locator(".alarm-row.is-acknowledged", { hasText: "Ann" }).waitFor();
            assert.match(await page.locator(".alarm-row.is-open").first().innerText(), /raised at .* · now/);
        }));

    it("gateway: an outage that lasts, a backlog, what was rejected and why", async () => {
        const ready = async (page) => {
            await page.locator(".upstream-row .alarm").first().waitFor();
            await page.locator(".lost-what").first().waitFor();
            await page.locator(".message").first().waitFor();
            await page.locator(".course-unknown").first().waitFor();
        };
        await each("gateway", "#/gateway", ready);
        await each("gateway-rejected", "#/gateway?span=3600000", async (page) => {
            await page.locator(".upstream-row .alarm").first().waitFor();
            await page.locator(".message").first().waitFor();
            await page.evaluate(() => document.querySelector("#rejected-title")?.scrollIntoView());
        });
    });

    it("devices, settings, a page that is not there, and the keys", async () => {
        await each("devices", "#/devices", (page) => page.locator(".device-row:not(.head)").first().waitFor());
        await each("settings", "#/settings", (page) => page.locator(".settings-page textarea").first().waitFor());
        await each("nowhere", "#/nosuch", (page) => page.getByRole("heading", { level: 1 }).waitFor());
        await each("keys", "#/", async (page) => {
            await page.locator(".row.in-alarm").first().waitFor();
            await page.keyboard.press("?");
            await page.getByRole("dialog").waitFor();
        }, LOOKS.slice(0, 2));
    });

    it("the wall, with what is wrong first", () =>
        each(
            "wall",
            "#/wall",
            async (page) => {
                page.setDefaultTimeout(LONG_MS);
                await page.locator(".gate.is-shut").waitFor();
                await page.locator(".wall-row.in-alarm").first().waitFor();
            },
            [...LOOKS, { width: 1920, height: 1080, colorScheme: "dark" }],
        ));
});

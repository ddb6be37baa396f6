// The dashboard against a running gateway. See README.md.
import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { launch, open, patience, restart, shot, skip, url, values, violations } from "./browser.mjs";

const SIZES = [
    [1440, 900],
    [390, 844],
];
const SCHEMES = ["light", "dark"];

let browser;

/** A device with a number in it, for its page. */
async function someDevice() {
    const answer = await fetch(`${url}api/v1/series?limit=5000`);
    const { series } = await answer.json();
    const number = series.find((s) => s.type === "number");
    assert.ok(number, "the gateway knows a series of numbers");
    return number.device;
}

const rows = (page) => page.locator(".table .row:not(.head)");

describe("the dashboard", { skip }, () => {
    before(async () => {
        browser = await launch();
    });
    after(() => browser?.close());

    it("shows the gateway's series, and their values move", async () => {
        const { page, context, wrong } = await open(browser, "#/");
        await rows(page).first().waitFor();
        const before = await values(page);
        assert.ok(before.some((v) => /\d/.test(v)));
        await page.waitForFunction(
            (was) =>
                [...document.querySelectorAll(".table .row:not(.head) .value")].some(
                    (cell, n) => cell.textContent !== was[n],
                ),
            before,
        );
        assert.match(await page.getByRole("status").first().innerText(), /^Live/);
        assert.deepEqual(wrong, []);
        await context.close();
    });

    it("shows what arrives, what is held and the upstream", async () => {
        const { page, context } = await open(browser, "#/");
        const arriving = page.locator(".arriving .big");
        await arriving.waitFor();
        await page.waitForFunction(
            () => Number.parseFloat(document.querySelector(".arriving .big")?.innerText ?? "") > 0,
        );
        assert.match(await page.locator(".chamber .big").first().innerText(), /^[\d\s]+reading/);
        assert.match(await page.locator(".bank.upstream").innerText(), /Upstream/);
        await context.close();
    });

    it("draws sparklines from history", async () => {
        const { page, context } = await open(browser, "#/");
        await page.waitForFunction(() =>
            [...document.querySelectorAll(".spark path, .spark rect")].some(
                (e) => (e.getAttribute("d") ?? "x").length > 0,
            ),
        );
        await context.close();
    });

    it("filters with the slash key, and Escape ends it", async () => {
        const { page, context } = await open(browser, "#/");
        await rows(page).first().waitFor();
        const device = await rows(page).first().locator(".device").innerText();
        const all = await rows(page).count();
        await page.keyboard.press("/");
        await page.keyboard.type(device);
        await page.locator(".matching").waitFor();
        const names = await rows(page)
            .locator(".c-name")
            .evaluateAll((cells) => cells.map((c) => c.title + c.innerText));
        assert.ok(names.length > 0 && names.every((n) => n.toLowerCase().includes(device.toLowerCase())));
        await page.keyboard.press("Escape");
        await page.locator(".matching").waitFor({ state: "detached" });
        assert.equal(await rows(page).count(), all);
        await page.keyboard.press("/");
        await page.keyboard.type("no device is called this");
        await page.getByText("Nothing matches.").waitFor();
        await context.close();
    });

    it("opens a device from its row and draws a chart from history", async () => {
        const device = await someDevice();
        const { page, context, wrong } = await open(browser, "#/");
        await rows(page).first().waitFor();
        await page.locator("#filter").fill(device);
        await page.locator(".matching").waitFor();
        await page
            .locator(`.table a.device[href="#/d/${encodeURIComponent(device)}"]`)
            .first()
            .focus();
        const history = page.waitForResponse((r) => r.url().includes("/api/v1/history") && r.ok());
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { level: 1, name: device.split("/").at(-1) }).waitFor();
        await history;
        await page.locator(".plot canvas").waitFor();
        await page.getByText("Samples").waitFor();
        const inked = await page.locator(".plot canvas").evaluate((canvas) => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let n = 0;
            for (let i = 3; i < data.length; i += 4) if (data[i] > 0) n++;
            return n;
        });
        assert.ok(inked > 1000, `${inked} pixels are drawn`);
        assert.match(await page.locator(".plot").getAttribute("aria-label"), /lowest .* highest/);
        assert.deepEqual(wrong, []);
        await context.close();
    });

    it("holds the chart when it is moved, and L leads back to live", async () => {
        const { page, context } = await open(browser, `#/d/${encodeURIComponent(await someDevice())}`);
        await page.locator(".plot canvas").waitFor();
        await page.keyboard.press("ArrowLeft");
        await page.getByRole("button", { name: "Back to live" }).waitFor();
        await page.keyboard.press("l");
        await page.getByRole("button", { name: "Back to live" }).waitFor({ state: "detached" });
        await context.close();
    });

    it("pauses and goes on", async () => {
        const { page, context } = await open(browser, "#/");
        await rows(page).first().waitFor();
        await page.getByRole("button", { name: "Pause" }).click();
        await page.getByText(/^Paused at/).waitFor();
        await page.getByRole("button", { name: "Continue" }).click();
        await page.getByText(/^Live/).first().waitFor();
        await context.close();
    });

    it("says on the Gateway page that nothing was lost, and how much room there is", async () => {
        const { page, context, wrong } = await open(browser, "#/");
        await page.getByRole("link", { name: "Gateway" }).first().click();
        assert.match(await page.locator(".lost-nothing").innerText(), /^Nothing was lost/);
        assert.match(await page.locator(".side .block").first().innerText(), /In use\s+[<\d.,\s]+%/);
        assert.deepEqual(wrong, []);
        await context.close();
    });

    it("takes another theme and another language by choice", async () => {
        const { page, context } = await open(browser, "#/");
        await page.locator(".menu summary").click();
        const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
        const light = await paper();
        await page.getByLabel("Dark").check();
        assert.notEqual(await paper(), light);
        await page.getByLabel("Deutsch").check();
        await page.getByRole("link", { name: "Übersicht" }).first().waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
        await context.close();
    });

    for (const [width, height] of SIZES) {
        for (const colorScheme of SCHEMES) {
            it(`is whole and accessible at ${width}x${height}, ${colorScheme}`, async () => {
                const device = await someDevice();
                const views = [
                    ["overview", "#/", ".table .row:not(.head)"],
                    ["devices", "#/devices", ".table .row:not(.head)"],
                    ["gateway", "#/gateway", ".gateway-page .lost-nothing"],
                    ["device", `#/d/${encodeURIComponent(device)}`, ".plot canvas"],
                ];
                const { page, context, wrong } = await open(browser, "#/", { width, height, colorScheme });
                for (const [name, hash, sign] of views) {
                    await page.goto(url + hash);
                    await page.locator(sign).first().waitFor();
                    await page.waitForFunction(() => !document.querySelector(".gate.is-empty"));
                    await page.waitForLoadState("networkidle");
                    await shot(page, `${name}-${width}x${height}-${colorScheme}`);
                    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
                    assert.ok(wide <= width, `${name} is ${wide} px wide`);
                    assert.deepEqual(await violations(page), [], name);
                    assert.deepEqual(wrong, [], name);
                }
                await context.close();
            });
        }
    }

    it("comes back after the gateway was restarted, without an empty moment", {
        skip: restart ? false : "TIDEGATE_RESTART is not set",
    }, async () => {
        const { page, context } = await open(browser, "#/");
        await rows(page).first().waitFor();
        // Watches every change of the page from now on for a moment without rows or without values.
        await page.evaluate(() => {
            globalThis.fewest = Number.POSITIVE_INFINITY;
            const look = () => {
                const cells = [...document.querySelectorAll(".table .row:not(.head) .value")];
                const filled = cells.filter((c) => c.textContent !== "").length;
                globalThis.fewest = Math.min(globalThis.fewest, filled);
            };
            look();
            globalThis.filledAtFirst = globalThis.fewest;
            new MutationObserver(look).observe(document.body, {
                childList: true,
                subtree: true,
                characterData: true,
            });
        });
        const sockets = [];
        page.on("websocket", (ws) => sockets.push(ws));
        execSync(restart, { stdio: "inherit" });
        await page.waitForFunction(() => document.querySelector(".link")?.innerText.startsWith("Live"));
        const deadline = Date.now() + patience;
        while (sockets.length === 0) {
            assert.ok(Date.now() < deadline, "the page connected again");
            await page.waitForTimeout(100);
        }
        const before = await values(page);
        await page.waitForFunction(
            (was) =>
                [...document.querySelectorAll(".table .row:not(.head) .value")].some(
                    (cell, n) => cell.textContent !== was[n],
                ),
            before,
        );
        const { fewest, filledAtFirst } = await page.evaluate(() => ({
            fewest: globalThis.fewest,
            filledAtFirst: globalThis.filledAtFirst,
        }));
        assert.ok(filledAtFirst > 0);
        assert.ok(
            fewest >= filledAtFirst,
            `at one moment ${fewest} of ${filledAtFirst} values were on the page`,
        );
        await context.close();
    });
});

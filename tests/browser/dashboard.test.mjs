// The dashboard against a running gateway. See README.md.
import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import {
    hang,
    launch,
    number,
    open,
    PAGES,
    patience,
    plug,
    restart,
    shot,
    skip,
    url,
    values,
    violations,
} from "./browser.mjs";

const SIZES = [
    [1440, 900],
    [390, 844],
];
const SCHEMES = ["light", "dark"];

let browser;

/** A device with a number in it, for its page. */
const someDevice = async () => (await number()).device;

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
        await page.keyboard.press("/");
        await page.keyboard.type(device);
        await page.locator(".matching").waitFor();
        const names = await rows(page)
            .locator(".c-name")
            .evaluateAll((cells) => cells.map((c) => c.title + c.innerText));
        assert.ok(names.length > 0 && names.every((n) => n.toLowerCase().includes(device.toLowerCase())));
        await page.keyboard.press("Escape");
        await page.locator(".matching").waitFor({ state: "detached" });
        // How many rows there are is the window's: they are those of all devices again.
        const others = rows(page).filter({ hasNotText: device });
        await others.first().waitFor();
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
        await page.getByText(/^Nothing was lost/).waitFor();
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
                const { page, context, wrong } = await open(browser, "#/", { width, height, colorScheme });
                for (const { name, hash, sign } of PAGES(await number())) {
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

    for (const { name } of PAGES({ device: "" }))
        it(`lets every control of ${name} be reached by the keyboard, and shows where one is`, async () => {
            const { hash, sign } = PAGES(await number()).find((one) => one.name === name);
            const { page, context } = await open(browser, hash);
            await page.locator(sign).first().waitFor();
            // Paused: a row that moves up meanwhile, for an alarm, would be passed by.
            await page.keyboard.press("p");
            // What a Tab should reach; the first of radios that belong together stands for all.
            const wanted = await page.evaluate(() => {
                const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
                const shown = all.filter(
                    (e) => !e.disabled && e.checkVisibility({ visibilityProperty: true }) && e.type !== "radio",
                );
                for (const [n, e] of shown.slice(0, 60).entries()) e.dataset.wanted = String(n);
                return Math.min(60, shown.length);
            });
            assert.ok(wanted > 0);
            const reached = new Set();
            const unseen = [];
            // What stands beside a long list comes after all of its rows.
            for (let presses = 0; presses < wanted + 600 && reached.size < wanted; presses++) {
                await page.keyboard.press("Tab");
                const at = await page.evaluate(() => {
                    const e = document.activeElement;
                    if (!e || e === document.body) return null;
                    // The whole row is marked where its link has the focus.
                    const marks = [getComputedStyle(e), getComputedStyle(e, "::after")];
                    const seen = marks.some((m) => m.outlineStyle !== "none" && Number.parseFloat(m.outlineWidth) >= 1.5);
                    return { n: e.dataset.wanted, seen, what: e.outerHTML.slice(0, 120) };
                });
                if (!at) continue;
                if (at.n !== undefined) reached.add(at.n);
                if (!at.seen) unseen.push(at.what);
            }
            const missed = await page.evaluate(
                (there) => [...document.querySelectorAll("[data-wanted]")].filter((e) => !there.includes(e.dataset.wanted)).map((e) => e.outerHTML.slice(0, 120)),
                [...reached],
            );
            assert.equal(reached.size, wanted, `${reached.size} of ${wanted} controls were reached, not ${missed.join(" ")}`);
            assert.deepEqual(unseen, []);
            await context.close();
        });

    it("moves nothing for who wants less motion", async () => {
        const { page, context } = await open(browser, "#/", { more: { reducedMotion: "reduce" } });
        await rows(page).first().waitFor();
        const moving = await page.evaluate(() =>
            [...document.querySelectorAll("*")]
                .filter((e) => {
                    const style = getComputedStyle(e);
                    return style.transitionDuration !== "0s" || style.animationName !== "none";
                })
                .map((e) => e.outerHTML.slice(0, 80)),
        );
        assert.deepEqual(moving, []);
        await context.close();
    });

    it("fits at 200 % zoom, and at 320 pixels", async () => {
        // A window of 1440x900 at 200 % is one of half the pixels that are twice as large.
        for (const [width, height] of [
            [720, 450],
            [320, 640],
        ]) {
            const { page, context } = await open(browser, "#/", {
                width,
                height,
                more: { isMobile: false, hasTouch: false, deviceScaleFactor: 2 },
            });
            for (const { name, hash, sign } of PAGES(await number())) {
                if (name === "wall") continue; // as large as its screen wants it
                await page.goto(url + hash);
                await page.locator(sign).first().waitFor();
                const wide = await page.evaluate(() => document.documentElement.scrollWidth);
                assert.ok(wide <= width, `${name} is ${wide} px wide in ${width}`);
            }
            await context.close();
        }
    });

    it("shares what is looked at by its address", async () => {
        const { device, id } = await number();
        const hash = `#/d/${encodeURIComponent(device)}?s=${id}&span=300000`;
        const { page, context } = await open(browser, hash);
        await page.locator(".plot canvas").waitFor();
        assert.equal(await page.getByRole("button", { name: "5 min", exact: true }).getAttribute("aria-pressed"), "true");
        assert.equal(await page.locator(".legend:not(.limits) li").count(), 1);
        await page.getByRole("button", { name: "6 h", exact: true }).click();
        await page.waitForFunction(() => location.hash.includes("span=21600000"));
        await context.close();
    });

    it("gives what is in view as CSV, and as a table", async () => {
        const { page, context } = await open(browser, `#/d/${encodeURIComponent(await someDevice())}`);
        await page.getByText("Samples").waitFor();
        const link = await page.getByRole("link", { name: "Download CSV" }).getAttribute("href");
        const answer = await fetch(link);
        assert.match(answer.headers.get("content-type"), /text\/csv/);
        const lines = (await answer.text()).trim().split("\r\n");
        assert.match(lines[0], /^topic,field,time,t,v/);
        assert.ok(lines.length > 1, "there are readings in it");
        await page.keyboard.press("t");
        await page.locator(".data-table tbody tr").first().waitFor();
        const cells = await page.locator(".data-table tbody td").allInnerTexts();
        assert.ok(cells.some((cell) => /\d/.test(cell)));
        await context.close();
    });

    it("shows a device's last message as it came, and what read it", async () => {
        const { page, context } = await open(browser, `#/d/${encodeURIComponent(await someDevice())}`);
        await page.getByText("Show as they came").click();
        const message = page.locator(".message").first();
        await message.waitFor();
        assert.match(await message.innerText(), /Read as [\w-]+: \d+ reading/);
        assert.ok((await message.locator("pre").innerText()).length > 0);
        await context.close();
    });

    it("compares with a series of another device", async () => {
        const { page, context } = await open(browser, `#/d/${encodeURIComponent(await someDevice())}`);
        await page.getByText("Samples").waitFor();
        const before = await page.locator(".legend:not(.limits) li").count();
        const field = page.getByPlaceholder("Find a series of another device");
        await field.fill("/");
        await page.locator(".compare button").first().click();
        await page.waitForFunction(
            (n) => document.querySelectorAll(".legend:not(.limits) li").length === n + 1,
            before,
        );
        await context.close();
    });

    it("tries a payload on the Settings page, and stores nothing of it", async () => {
        const { page, context } = await open(browser, "#/settings");
        const topic = `tele/trial-${Date.now()}/SENSOR`;
        await page.getByLabel("Topic").fill(topic);
        await page.getByRole("textbox", { name: "Payload" }).fill('{"AM2301":{"Temperature":21.4}}');
        await page.getByRole("button", { name: "Try it" }).click();
        await page.getByText(/1 reading, read as tasmota/).waitFor();
        assert.match(await page.locator(".settings-page table").last().innerText(), /21\.4/);
        const { series } = await (await fetch(`${url}api/v1/series?topic=${encodeURIComponent(topic)}`)).json();
        assert.deepEqual(series, []);
        await context.close();
    });

    it("sends a command after asking, and says what became of it", async () => {
        const { page, context } = await open(browser, `#/d/${encodeURIComponent(await someDevice())}`);
        await page.getByText("Another command").click();
        await page.getByLabel("Topic").fill("cmnd/browser-test/POWER");
        await page.getByLabel("Payload").fill("ON");
        await page.getByRole("button", { name: "Send" }).click();
        const dialog = page.getByRole("dialog", { name: "Send this command?" });
        await dialog.waitFor();
        assert.match(await dialog.innerText(), /cmnd\/browser-test\/POWER/);
        await dialog.getByRole("button", { name: "Send" }).click();
        await page.getByText(/ON sent at [\d:]+; the broker has it/).waitFor();
        await page.getByLabel("Topic").fill("not/allowed");
        await page.getByRole("button", { name: "Send" }).click();
        await dialog.getByRole("button", { name: "Send" }).click();
        await page.locator(".command-result.alarm").waitFor();
        await context.close();
    });

    it("shows books that add up", async () => {
        const { page, context } = await open(browser, "#/gateway");
        await page.locator(".books-whole").first().waitFor();
        const said = await page.locator(".books-whole td:nth-child(3)").allInnerTexts();
        assert.ok(said.length >= 3, `${said.length} accounts`);
        assert.deepEqual([...new Set(said)], ["adds up"]);
        await context.close();
    });

    it("can be installed, and asks nothing of anybody else", async () => {
        const { page, context, wrong } = await open(browser, "#/");
        await rows(page).first().waitFor();
        const href = await page.locator('link[rel="manifest"]').getAttribute("href");
        const manifest = await (await fetch(new URL(href, url))).json();
        assert.equal(manifest.display, "standalone");
        const seen = await (await context.newCDPSession(page)).send("Page.getAppManifest");
        assert.ok(seen.data?.length > 0, "the browser may load it");
        assert.deepEqual(seen.errors, []);
        for (const icon of manifest.icons) {
            const answer = await fetch(new URL(icon.src, url));
            assert.equal(answer.headers.get("content-type"), "image/png", icon.src);
        }
        assert.deepEqual(wrong, []);
        await context.close();
    });

    it("turns over on a wall, and never has old code", async () => {
        const { page, context } = await open(browser, "#/wall?views=overview,gateway&every=5");
        await page.locator(".wall .gate").waitFor();
        await page.locator(".wall .gateway-page").waitFor();
        await page.mouse.move(300, 300);
        await page.getByRole("button", { name: "Hold" }).click();
        await page.getByRole("button", { name: "Go on" }).waitFor();
        await page.getByRole("link", { name: "Leave" }).click();
        await page.locator(".header").waitFor();
        await context.close();
    });

    it("shows in the band that the upstream's plug was pulled, and put in again", {
        skip: plug.pull && plug.put ? false : "TIDEGATE_PULL and TIDEGATE_PUT are not set",
    }, async () => {
        const { page, context } = await open(browser, "#/");
        const band = page.locator(".bank.upstream");
        await page.locator(".gate.is-open").waitFor();
        const held = () =>
            page
                .locator(".chamber .big")
                .first()
                .evaluate((e) => Number.parseInt(e.textContent.replace(/\D/g, ""), 10));
        const top = () => page.locator(".columns").evaluate((e) => e.getBoundingClientRect().top);
        const at = await top();
        execSync(plug.pull, { stdio: "inherit" });
        await page.locator(".gate.is-shut").waitFor();
        assert.equal(await top(), at, "nothing below the band has moved");
        assert.match(await band.innerText(), /Down \d+ s[\s\S]*Attempt \d+, (next try in|trying now)/);
        const before = await held();
        await page.waitForFunction(
            (n) =>
                Number.parseInt(document.querySelector(".chamber .big").textContent.replace(/\D/g, ""), 10) > n,
            before,
        );
        await shot(page, "plug-pulled");
        execSync(plug.put, { stdio: "inherit" });
        const most = await held();
        // It may be faster by itself.
        await band
            .getByRole("button", { name: /Retry/ })
            .click({ timeout: 2000 })
            .catch(() => undefined);
        await page.locator(".gate.is-open").waitFor();
        await page.waitForFunction(
            (n) =>
                Number.parseInt(document.querySelector(".chamber .big").textContent.replace(/\D/g, ""), 10) < n,
            most,
        );
        assert.match(await band.innerText(), /readings\/s/);
        assert.match(await page.locator(".chamber").innerText(), /Nothing lost/);
        await shot(page, "plug-in-again");
        // The Gateway page remembers it.
        await page.goto(`${url}#/gateway`);
        await page.locator(".gateway-page .lost-what").first().waitFor();
        await context.close();
    });

    it("stands still while the gateway hangs, and calls no device late for it", {
        skip: hang.stop && hang.go ? false : "TIDEGATE_STOP and TIDEGATE_GO are not set",
    }, async () => {
        const { page, context } = await open(browser, "#/");
        await rows(page).first().waitFor();
        const late = () => page.locator(".row.is-1, .row.is-2").count();
        const before = await late();
        execSync(hang.stop, { stdio: "inherit" });
        try {
            await page.getByText(/^As of \d\d:\d\d:\d\d/).waitFor();
            await page.waitForTimeout(1500);
            const still = await page.locator("main").innerText();
            // Until it is taken for dead, and on.
            await page.waitForTimeout(13_000);
            assert.equal(await page.locator("main").innerText(), still);
            assert.ok((await late()) <= before, "no row became late");
        } finally {
            execSync(hang.go, { stdio: "inherit" });
        }
        await page.getByText(/^Live/).first().waitFor({ timeout: 30_000 });
        const were = await values(page);
        await page.waitForFunction(
            (was) =>
                [...document.querySelectorAll(".table .row:not(.head) .value")].some(
                    (cell, n) => cell.textContent !== was[n],
                ),
            were,
        );
        await context.close();
    });

    it("is light: what a cold page of a device takes in German, as it comes over the wire", async () => {
        const series = await number();
        const { page, context } = await open(browser, "#/nosuch", { more: { locale: "de-DE" } });
        const session = await context.newCDPSession(page);
        await session.send("Network.enable");
        await session.send("Network.setCacheDisabled", { cacheDisabled: true });
        const files = new Map();
        session.on("Network.responseReceived", ({ requestId, response }) => {
            const { pathname } = new URL(response.url);
            if (!pathname.startsWith("/assets/")) return;
            const packed = response.headers["content-encoding"] ?? response.headers["Content-Encoding"];
            files.set(requestId, { pathname, packed, bytes: 0 });
        });
        session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
            if (files.has(requestId)) files.get(requestId).bytes = encodedDataLength;
        });
        await page.goto("about:blank");
        await page.goto(`${url}#/d/${encodeURIComponent(series.device)}`);
        await page.locator(".plot canvas").waitFor();
        await page.locator(".events, .device-view .side .note").first().waitFor();
        await page.waitForLoadState("networkidle");
        await page.waitForTimeout(1500);
        const scripts = [...files.values()].filter(({ pathname }) => pathname.endsWith(".js"));
        const sum = (list) => list.reduce((total, { bytes }) => total + bytes, 0) / 1024;
        // To localhost, as over HTTPS, it comes as brotli; a browser in a LAN without takes gzip: npm run budget counts that.
        assert.deepEqual([...new Set(scripts.map(({ packed }) => packed))], ["br"]);
        assert.ok(sum(scripts) <= 70, `${sum(scripts).toFixed(1)} KB of JavaScript in ${scripts.length} files`);
        assert.ok(sum([...files.values()]) <= 70 + 12 + 60, `${sum([...files.values()]).toFixed(1)} KB in all`);
        for (const { pathname } of scripts) {
            const answer = await fetch(new URL(pathname, url), { headers: { "accept-encoding": "gzip" } });
            assert.equal(answer.headers.get("content-encoding"), "gzip", pathname);
            await answer.arrayBuffer();
        }
        console.log(
            `device page, German, over the wire: ${sum(scripts).toFixed(1)} KB of JavaScript in ${scripts.length} files (${scripts[0].packed}), ${sum([...files.values()]).toFixed(1)} KB in all`,
        );
        await context.close();
    });

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

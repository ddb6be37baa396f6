// What the page may say, and what it may not, when the gateway is gone, young or in trouble: against the stand-in of
// web/dashboard/dev. Needs no gateway.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { startFake } from "../../web/dashboard/dev/gateway.mjs";
import { launch, open, shiftsOf, shot, violations, watchShifts } from "./browser.mjs";

const chromium = process.env.TIDEGATE_CHROMIUM ?? "/usr/bin/chromium";
const SIZES = [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
];

describe("the dashboard says only what is known", { skip: existsSync(chromium) ? false : "no Chromium" }, () => {
    let browser;
    let fake;
    const start = async (scenario, more = {}) => {
        fake = await startFake({ scenario, ...more });
        return fake;
    };
    before(async () => {
        browser = await launch();
    });
    after(() => browser?.close());
    afterEach(async () => {
        for (const context of browser.contexts()) await context.close();
        await fake?.stop();
        fake = undefined;
    });

    const late = (page) => page.locator(".row.is-1, .row.is-2").count();
    const ends = (page) =>
        page.locator(".depth-line").evaluateAll((lines) => lines.map((e) => e.getAttribute("d").split("L").at(-1)));

    it("stands still as of the last word when the gateway is gone, and blames no device for it", async () => {
        const { url } = await start("outage");
        const { page } = await open(browser, "#/", { at: url });
        await page.locator(".table .row:not(.head)").first().waitFor();
        await page.locator(".depth-line").first().waitFor();
        await page.getByRole("button", { name: "Retry" }).first().waitFor();
        const lateBefore = await late(page);
        const depthBefore = (await ends(page)).at(-1).split(" ").at(-1);
        await fake.stop();
        await page.getByText(/^As of \d\d:\d\d:\d\d/).waitFor();
        await page.waitForTimeout(1500);
        const text = () => page.locator("main").innerText();
        const still = await text();
        // Longer than any of the quick series may be silent.
        await page.waitForTimeout(8000);
        assert.equal(await text(), still, "nothing on it moves");
        assert.equal(await late(page), lateBefore, "no row became late");
        // Ages have become times of day, which stay true.
        const ages = await page.locator(".table .row:not(.head) .age").allInnerTexts();
        assert.ok(
            ages.some((age) => /^\d\d:\d\d:\d\d$/.test(age)),
            ages.join(" "),
        );
        assert.deepEqual(ages.filter((age) => /\d (s|min|h)$|^now$/.test(age)), []);
        const depthAfter = (await ends(page)).at(-1).split(" ").at(-1);
        assert.ok(Math.abs(depthAfter - depthBefore) < 4, `the curve ended at ${depthBefore}, and ends at ${depthAfter}`);
        for (const button of await page.getByRole("button", { name: /^Retry/ }).all())
            assert.ok(await button.isDisabled(), "nothing is offered that needs the gateway");
        assert.deepEqual(await violations(page), []);
        await shot(page, "gateway-gone");
        await page.goto(`${url}#/alarms`);
        // Its code was preloaded or not: with it, nothing can be acknowledged.
        for (const button of await page.getByRole("button", { name: "Acknowledge" }).all())
            assert.ok(await button.isDisabled());
    });

    it("draws no gap into a chart for the time in which the gateway was not heard", async () => {
        const { url } = await start("normal");
        const { page } = await open(browser, "#/d/press-3?span=300000", { at: url });
        await page.getByText("Samples").waitFor();
        const axis = () => page.locator(".plot").getAttribute("aria-label");
        await fake.stop();
        await page.getByText(/^As of/).waitFor();
        await page.waitForTimeout(1500);
        const before = await axis();
        const missing = await page.locator(".fact", { hasText: "Missing" }).count();
        await page.waitForTimeout(6000);
        assert.equal(await axis(), before, "its time stands still");
        assert.equal(await page.locator(".fact", { hasText: "Missing" }).count(), missing);
        assert.match(await page.locator(".device-state").innerText(), /Heard at \d\d:\d\d:\d\d/);
    });

    it("shows all of the day it speaks of, and hatches what is not known of it", async () => {
        const { url } = await start("young");
        const { page } = await open(browser, "#/gateway", { at: url });
        const course = page.locator(".course").first();
        await course.locator(".course-unknown").first().waitFor();
        const box = await course.boundingBox();
        const unknown = await Promise.all(
            (await course.locator(".course-unknown").all()).map(async (one) => {
                const { x, width } = await one.boundingBox();
                return { from: (x - box.x) / box.width, share: width / box.width, words: await one.innerText() };
            }),
        );
        assert.equal(unknown.length, 2);
        const near = (a, b) => Math.abs(a - b) < 0.01;
        // Of 24 hours: installed after twelve, away from the 16th to the 21st.
        assert.ok(near(unknown[0].from, 0) && near(unknown[0].share, 0.5), JSON.stringify(unknown[0]));
        assert.match(unknown[0].words, /^no record before \d\d:\d\d$/);
        assert.ok(near(unknown[1].from, 16 / 24) && near(unknown[1].share, 5 / 24), JSON.stringify(unknown[1]));
        assert.match(unknown[1].words, /^gateway not running, 5 h/);
        const marks = await page.locator(".depth-time").first().locator("span").allInnerTexts();
        const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
        assert.equal(marks[0], marks[4], "from a day ago until now");
        assert.equal((minutes(marks[1]) - minutes(marks[0]) + 1440) % 1440, 360);
        // No line is drawn where nothing is known.
        const left = await page.locator(".depth-line").first().evaluate((e) => e.getBoundingClientRect().left);
        assert.ok((left - box.x) / box.width > 0.49, "the line begins where the record does");
        // What arrived is there from before this page was opened.
        const arriving = page.locator(".course").nth(1).locator(".depth-line");
        const widths = await arriving.evaluateAll((lines) => lines.map((e) => e.getBoundingClientRect().width));
        assert.ok(Math.max(...widths) / box.width > 0.12, `${widths}`);
        await shot(page, "gateway-young");
        await page.getByRole("button", { name: "1 h", exact: true }).click();
        await page.waitForFunction(() => document.querySelectorAll(".course-unknown").length === 0);
        assert.match(page.url(), /#\/gateway\?span=3600000$/);
        assert.deepEqual(await violations(page), []);
        await page.goBack();
        await page.waitForFunction(() => document.querySelectorAll(".course-unknown").length > 0);
    });

    it("says at what an alarm was raised, what it is now, and the limit, each with its unit", async () => {
        const { url } = await start("alarms");
        const { page } = await open(browser, "#/alarms", { at: url });
        const row = page.locator(".alarm-row").first();
        await row.waitFor();
        const values = /above \u221215\s°C · raised at \u221212\.4\s°C · now \u2212?\d+(\.\d)?\s°C/;
        assert.match(await row.innerText(), values);
        await page.goto(`${url}#/`);
        await page.locator(".side-alarms li").first().waitFor();
        assert.match(await page.locator(".side-alarms li").first().innerText(), values);
    });

    for (const size of SIZES)
        it(`moves nothing below the band when the upstream goes, at ${size.width}`, async () => {
            const { url, pull } = await start("normal");
            const { page } = await open(browser, "#/", { at: url, ...size });
            await page.locator(".gate.is-open").waitFor();
            await page.locator(".side .depth-line").first().waitFor({ state: "attached" });
            await page.waitForTimeout(2500);
            await watchShifts(page);
            const top = () => page.locator(".columns").evaluate((e) => e.getBoundingClientRect().top + scrollY);
            const before = await top();
            pull(true);
            await page.locator(".gate.is-shut").waitFor();
            await page.waitForTimeout(1500);
            assert.equal(await top(), before, "the list is where it was");
            assert.equal((await shiftsOf(page)).filter((one) => /gate|bar|row|columns/.test(one.what)).length, 0);
            pull(false);
            await page.locator(".gate.is-open").waitFor();
            assert.equal(await top(), before);
        });

    it("has nothing to press on a wall, says whose it is and of when, and can be read from three metres", async () => {
        const { url } = await start("outage");
        const { page } = await open(browser, "#/wall", { at: url, width: 1920, height: 1080 });
        await page.locator(".wall-row").first().waitFor();
        await page.mouse.move(-1, -1);
        await page.waitForFunction(() => !document.querySelector(".wall-tools.is-shown"), undefined, { timeout: 8000 });
        const pressable = await page.evaluate(() =>
            [...document.querySelectorAll(".wall button, .wall input, .wall select, .wall summary, .wall a[download]")]
                .filter((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
                .map((e) => e.outerHTML.slice(0, 80)),
        );
        assert.deepEqual(pressable, []);
        assert.match(await page.locator(".wall-head").innerText(), /Harbour Works, plant 2[\s\S]*Data as of\s+\d\d:\d\d:\d\d/);
        // A two-hundredth of the distance: 15 mm, of a screen 0.9 m wide with 1920 pixels.
        const sizes = await page.evaluate(() => {
            const zoom = Number(document.querySelector(".wall").style.zoom);
            return Object.fromEntries(
                [".wall-value", ".wall-name", ".gate .big", ".wall-head b", ".gate .note.wide"].map((s) => [
                    s,
                    Number.parseFloat(getComputedStyle(document.querySelector(s)).fontSize) * zoom,
                ]),
            );
        });
        for (const [what, px] of Object.entries(sizes)) assert.ok(px >= 28, `${what} is ${px} px`);
        assert.ok(sizes[".gate .big"] >= 56);
        // Nobody scrolls it: all of it is on the screen.
        assert.ok(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight + 4));
        // Somebody comes.
        await page.mouse.move(400, 400);
        await page.mouse.move(410, 400);
        await page.getByRole("link", { name: "Leave" }).click();
        await page.locator(".header").waitFor();
    });

    it("tells which keys do what, by the key for it", async () => {
        const { url } = await start("normal");
        const { page } = await open(browser, "#/", { at: url });
        await page.locator(".table .row:not(.head)").first().waitFor();
        await page.keyboard.press("?");
        const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
        await help.waitFor();
        assert.match(await help.innerText(), /Filter[\s\S]*Next row, row before[\s\S]*Pause, continue/);
        assert.deepEqual(await violations(page), []);
        await page.keyboard.press("p");
        await page.keyboard.press("Escape");
        await help.waitFor({ state: "detached" });
        assert.match(await page.locator(".link").innerText(), /^Live/, "a letter in it does nothing behind it");
    });

    it("says plainly that there is no such page, with a way on", async () => {
        const { url } = await start("normal");
        for (const size of SIZES) {
            const { page, wrong } = await open(browser, "#/nosuch", { at: url, ...size });
            await page.getByRole("heading", { name: "There is no such page" }).waitFor();
            assert.equal(await page.locator(".gate").count(), 0);
            assert.deepEqual(await violations(page), []);
            await page.getByRole("link", { name: "To the overview" }).click();
            await page.locator(".gate").waitFor();
            assert.deepEqual(wrong, []);
        }
    });
});

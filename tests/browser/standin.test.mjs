// States that a real gateway is hard to bring into, against the stand-in of web/dashboard/dev. Needs no gateway.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { startFake } from "../../web/dashboard/dev/gateway.mjs";
import { launch, open, shot, violations } from "./browser.mjs";

const chromium = process.env.TIDEGATE_CHROMIUM ?? "/usr/bin/chromium";
const PHONE = { width: 390, height: 844 };
const rows = (page) => page.locator(".table .row:not(.head)");

describe("the dashboard before a stand-in", { skip: existsSync(chromium) ? false : "no Chromium" }, () => {
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
    // Also behind a test that fails: a server that is left would keep this from ending.
    afterEach(async () => {
        for (const context of browser.contexts()) await context.close();
        await fake?.stop();
        fake = undefined;
    });

    it("never looks fresh over old values, and comes back by itself without an empty moment", async () => {
        const { url, port } = await start("normal", { epoch: "e1" });
        const { page } = await open(browser, "#/", { at: url });
        await rows(page).first().waitFor();
        await page.evaluate(() => {
            globalThis.least = Number.POSITIVE_INFINITY;
            const look = () => {
                const filled = [...document.querySelectorAll(".table .row:not(.head) .value")].filter(
                    (cell) => cell.textContent !== "",
                );
                globalThis.least = Math.min(globalThis.least, filled.length);
            };
            look();
            globalThis.atFirst = globalThis.least;
            new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
        });
        await fake.stop();
        await page.getByText(/^As of \d\d:\d\d:\d\d/).waitFor();
        await page.locator("main.is-old").waitFor({ timeout: 20_000 });
        await start("normal", { epoch: "e2", port });
        await page.getByText(/^Live/).first().waitFor({ timeout: 30_000 });
        await page.waitForFunction(() => !document.querySelector("main.is-old"));
        const { least, atFirst } = await page.evaluate(() => ({
            least: globalThis.least,
            atFirst: globalThis.atFirst,
        }));
        assert.ok(atFirst > 10 && least >= atFirst, `${least} of ${atFirst} values at the emptiest moment`);
    });

    it("stands still while it is paused", async () => {
        const { url } = await start("normal");
        const { page } = await open(browser, "#/", { at: url });
        await rows(page).first().waitFor();
        await page.keyboard.press("p");
        await page.getByText(/^Paused at/).waitFor();
        const text = () => page.locator("main").innerText();
        const before = await text();
        await page.waitForTimeout(2500);
        assert.equal(await text(), before);
    });

    it("says that the gateway is busy, what it means, and since when", async () => {
        const { url } = await start("busy");
        const { page } = await open(browser, "#/", { at: url, ...PHONE });
        const banner = page.locator(".banner.warn");
        await banner.waitFor();
        assert.match(
            await banner.innerText(),
            /Gateway is busy\. Values refresh every 2 s instead of 0\.5 s\. No data is lost\. Since \d\d:\d\d\./,
        );
    });

    it("puts what is in alarm first, marked by more than its colour, and counts it", async () => {
        const { url } = await start("alarms");
        const { page } = await open(browser, "#/", { at: url });
        await page.locator(".row.in-alarm").first().waitFor();
        const first = rows(page).first();
        assert.match(await first.getAttribute("class"), /in-alarm/);
        assert.match(await first.locator(".c-state").innerText(), /Critical|Warning/);
        const chip = page.getByRole("button", { name: /in alarm/ });
        const n = Number((await chip.innerText()).match(/\d+/)[0]);
        await chip.click();
        await page.locator(".matching").waitFor();
        assert.equal(await rows(page).count(), n);
        assert.ok((await page.locator(".side-alarms li").count()) > 0);
    });

    it("sorts by value, and by who was silent for longest", async () => {
        const { url } = await start("normal");
        const { page } = await open(browser, "#/", { at: url });
        await rows(page).first().waitFor();
        await page.getByRole("button", { name: "Pause" }).click();
        await page.locator(".grouping select").selectOption("none");
        await page.getByRole("button", { name: "Now" }).click();
        const numbers = (await page.locator(".table .row:not(.head) .value").allInnerTexts())
            .slice(0, 8)
            .map((v) => Number(v.replace(/\s/g, "").replace("\u2212", "-")));
        assert.deepEqual(
            numbers,
            [...numbers].sort((a, b) => b - a),
        );
        assert.equal(
            await page.getByRole("columnheader", { name: "Now" }).getAttribute("aria-sort"),
            "descending",
        );
        await page.getByRole("button", { name: "Last heard" }).click();
        await page.waitForFunction(
            () => /is-[23]/.test(document.querySelector(".table .row:not(.head)").className),
        );
    });

    it("shows another unit, and the gateway's time, by choice", async () => {
        const { url } = await start("normal");
        const { page } = await open(browser, "#/settings", {
            at: url,
            more: { timezoneId: "America/New_York" },
        });
        await page.getByLabel("Temperature").selectOption("°F");
        await page.waitForLoadState("load");
        await page.getByLabel("Times are shown in the zone of").selectOption("gateway");
        await page.getByText("Now: Europe/Berlin").waitFor();
        await page.goto(`${url}#/d/boiler-1`);
        await page.locator(".legend .unit").first().waitFor();
        assert.equal(await page.locator(".legend .unit").first().innerText(), "°F");
        await page.getByText("Samples").waitFor();
        const fact = page.locator(".fact", { hasText: "Highest" });
        await fact.filter({ hasText: /\d+\.\d/ }).waitFor();
        const highest = await fact.innerText();
        const value = Number(/(\d+\.\d)/.exec(highest)[1]);
        assert.ok(value > 100, `64 °C are more than 100 °F: ${highest}`);
    });

    for (const [scenario, words] of [
        ["login", "Log in"],
        ["setup", "This gateway belongs to nobody yet"],
    ])
        it(`shows a stranger nothing but where to ${scenario === "login" ? "log in" : "claim it"}`, async () => {
            const { url } = await start(scenario);
            for (const [size, colorScheme] of [
                [{ width: 1440, height: 900 }, "light"],
                [{ width: 1440, height: 900 }, "dark"],
                [PHONE, "light"],
                [PHONE, "dark"],
            ]) {
                const { page } = await open(browser, "#/", { at: url, colorScheme, ...size });
                await page.getByRole("heading", { name: words }).waitFor();
                assert.equal(await page.locator(".table").count(), 0);
                assert.deepEqual(await violations(page), []);
                await shot(page, `${scenario}-${size.width}x${size.height}-${colorScheme}`);
            }
        });

    it("lets somebody claim the gateway with its code, and says what was wrong with another", async () => {
        const { url } = await start("setup");
        const { page } = await open(browser, "#/", { at: url });
        await page.getByLabel("Code").fill("wrong");
        await page.getByLabel("User").fill("anna");
        await page.getByLabel(/^Password/).fill("a long password");
        await page.getByRole("button", { name: "Claim it" }).click();
        await page.getByText("The code is wrong or too old").waitFor();
        await page.getByLabel("Code").fill("tide-gate");
        await page.getByRole("button", { name: "Claim it" }).click();
        await rows(page).first().waitFor();
        assert.equal(await page.locator(".who").innerText(), "anna");
    });

    it("lets an admin add and remove users and tokens, with every size and theme accessible", async () => {
        const { url } = await start("accounts");
        for (const [size, colorScheme] of [
            [{ width: 1440, height: 900 }, "light"],
            [PHONE, "dark"],
        ]) {
            const { page } = await open(browser, "#/settings", { at: url, colorScheme, ...size });
            await page.getByText("m.ortiz").first().waitFor();
            assert.deepEqual(await violations(page), []);
            await shot(page, `accounts-${size.width}x${size.height}-${colorScheme}`);
        }
        const { page } = await open(browser, "#/settings", { at: url });
        await page.getByText("Make a token").first().click();
        await page.getByLabel("Name", { exact: true }).fill("telegraf");
        await page.getByRole("button", { name: "Make a token" }).click();
        await page.getByText("tg_made-up").waitFor();
        await page.getByRole("button", { name: "Remove m.ortiz" }).click();
        await page.getByRole("button", { name: "Really remove m.ortiz" }).click();
        await page.waitForFunction(
            () => !document.querySelector("[aria-labelledby=set-users]").innerText.includes("m.ortiz"),
        );
    });

    it("teaches the next step where nothing has arrived", async () => {
        const { url } = await start("empty");
        const { page } = await open(browser, "#/", { at: url });
        await page.getByText(/mosquitto_pub -h .* -t plant\/hall\/temperature/).waitFor();
        await page.goto(`${url}#/alarms`);
        await page.getByText("[[alarm]]").waitFor();
    });
});

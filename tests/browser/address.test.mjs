// The address says what is seen: links, Back and Forward, against a running gateway. See README.md.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, number, open, skip, url } from "./browser.mjs";

/** Longer than two changes that count as one movement. */
const APART_MS = 700;

describe("the address", { skip }, () => {
    let browser;
    before(async () => {
        browser = await launch();
    });
    after(() => browser?.close());

    const pressed = (page, name) =>
        page.waitForFunction(
            (text) =>
                [...document.querySelectorAll('.segments [aria-pressed="true"]')].some((e) => e.textContent === text),
            name,
        );
    const hashIs = (page, pattern) => page.waitForFunction((p) => new RegExp(p).test(location.hash), pattern.source);

    it("is followed when another one is put into the same tab, and by Back and Forward", async () => {
        const { device, id } = await number();
        const place = `#/d/${encodeURIComponent(device)}`;
        const { page, context, wrong } = await open(browser, `${place}?s=${id}&span=300000`);
        await page.locator(".plot canvas").waitFor();
        await pressed(page, "5 min");
        const canvas = await page.locator(".plot canvas").elementHandle();
        await page.goto(`${url}${place}?s=${id}&span=86400000`);
        await pressed(page, "24 h");
        assert.ok(await canvas.evaluate((e) => e.isConnected), "the chart went on, and was not made anew");
        await page.goBack();
        await pressed(page, "5 min");
        await page.goForward();
        await pressed(page, "24 h");
        assert.deepEqual(wrong, []);
        await context.close();
    });

    it("takes each choice on a device's page as a step that Back undoes", async () => {
        const { device } = await number();
        const { page, context } = await open(browser, `#/d/${encodeURIComponent(device)}`);
        await page.getByText("Samples").waitFor();
        await page.getByRole("button", { name: "6 h", exact: true }).click();
        await hashIs(page, /span=21600000$/);
        await page.waitForTimeout(APART_MS);
        await page.keyboard.press("t");
        await hashIs(page, /table=1/);
        await page.locator(".data-table").waitFor();
        await page.goBack();
        await page.locator(".data-table").waitFor({ state: "detached" });
        await pressed(page, "6 h");
        await page.goBack();
        await pressed(page, "1 h");
        await page.goForward();
        await pressed(page, "6 h");
        await context.close();
    });

    it("says how the list is filtered, sorted and grouped; pasted elsewhere it shows the same", async () => {
        const { device } = await number();
        const { page, context } = await open(browser, "#/");
        const rows = (of) => of.locator(".table .row:not(.head)");
        await rows(page).first().waitFor();
        const all = await rows(page).count();
        await page.locator("#filter").fill(device);
        await hashIs(page, /[?&]q=/);
        await page.locator(".matching").waitFor();
        await page.waitForTimeout(APART_MS);
        await page.locator(".grouping select").selectOption("none");
        await hashIs(page, /by=none/);
        await page.waitForTimeout(APART_MS);
        await page.getByRole("button", { name: "Device" }).click();
        await page.getByRole("button", { name: "Last heard" }).click();
        await hashIs(page, /sort=heard/);
        const matching = await page.locator(".matching").innerText();
        const other = await open(browser, new URL(page.url()).hash);
        await rows(other.page).first().waitFor();
        assert.equal(await other.page.locator("#filter").inputValue(), device);
        assert.equal(await other.page.locator(".matching").innerText(), matching);
        assert.equal(await other.page.locator(".grouping select").inputValue(), "none");
        assert.equal(
            await other.page.getByRole("columnheader", { name: "Last heard" }).getAttribute("aria-sort"),
            "ascending",
        );
        // What a link asked for is not what that browser usually shows; what was chosen here is.
        const usual = async (of) => {
            await of.goto("about:blank");
            await of.goto(url);
            await rows(of).first().waitFor();
            return of.locator(".grouping select").inputValue();
        };
        assert.equal(await usual(other.page), "area");
        await other.context.close();
        const again = await context.newPage();
        assert.equal(await usual(again), "none");
        assert.match(again.url(), /sort=heard&by=none$/);
        await again.close();
        await page.goBack();
        await hashIs(page, /by=none$/);
        await page.goBack();
        await hashIs(page, /^#\/\?q=[^&]+$/);
        await page.goBack();
        await page.locator(".matching").waitFor({ state: "detached" });
        assert.equal(await rows(page).count(), all);
        assert.equal(await page.locator("#filter").inputValue(), "");
        await context.close();
    });

    it("of a chip is the list of what is marked so", async () => {
        const { page, context } = await open(browser, "#/?is=late,stale");
        await page.locator(".matching").waitFor();
        const marked = await page.locator(".table .row:not(.head)").count();
        assert.equal(await page.locator(".table .row.is-1, .table .row.is-2").count(), marked);
        await page.getByRole("button", { name: "Clear filter" }).first().click();
        await page.locator(".matching").waitFor({ state: "detached" });
        assert.equal(await page.evaluate(() => location.hash), "#/");
        await context.close();
    });

    it("that leads nowhere says so", async () => {
        const { page, context } = await open(browser, "#/");
        await page.locator(".gate").waitFor();
        await page.evaluate(() => {
            location.hash = "#/nosuch";
        });
        await page.getByRole("heading", { name: "There is no such page" }).waitFor();
        await page.goBack();
        await page.locator(".gate").waitFor();
        await context.close();
    });
});

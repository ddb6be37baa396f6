// From a gateway that belongs to nobody to one with an admin, a viewer and a token, against the real one. See README.md.
import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { launch, open, shot, violations } from "./browser.mjs";

const at = process.env.TIDEGATE_ACCOUNTS_URL?.replace(/\/?$/, "/");
const setupCode = process.env.TIDEGATE_SETUP_CODE;
const PASSWORD = "pier pylon harbour 7";
const rows = (page) => page.locator(".table .row:not(.head)");

describe("accounts", { skip: at && setupCode ? false : "TIDEGATE_ACCOUNTS_URL is not set" }, () => {
    let browser;
    before(async () => {
        browser = await launch();
    });
    after(() => browser?.close());

    const login = async (page, user) => {
        await page.getByRole("heading", { name: "Log in" }).waitFor();
        await page.getByLabel("User").fill(user);
        await page.getByLabel("Password").fill(PASSWORD);
        await page.getByRole("button", { name: "Log in" }).click();
    };

    it("claims the gateway with its code, and shows nothing before", async () => {
        const { page, context } = await open(browser, "#/", { at });
        await page.getByRole("heading", { name: /belongs to nobody/ }).waitFor();
        assert.deepEqual(await violations(page), []);
        assert.equal(await rows(page).count(), 0);
        await shot(page, "setup-real");
        const fill = async (code) => {
            await page.getByLabel("Code").fill(code);
            await page.getByLabel("User").fill("anna");
            await page.getByLabel(/^Password/).fill(PASSWORD);
            await page.getByRole("button", { name: "Claim it" }).click();
        };
        await fill("AAAA-AAAA-AAAA-AAAA");
        await page.locator(".entry .alarm").filter({ hasText: /./ }).waitFor();
        await fill(execSync(setupCode).toString().trim());
        // A wrong code costs a second, which people take to type, and a test does not.
        await page.getByText(/Try again in 1 s/).waitFor();
        await page.waitForTimeout(1100);
        await page.getByRole("button", { name: "Claim it" }).click();
        await rows(page).first().waitFor();
        assert.equal(await page.locator(".who").innerText(), "anna");
        await context.close();
    });

    it("lets the admin make a viewer, who sees values and no controls", async () => {
        const { page, context } = await open(browser, "#/settings", { at });
        await login(page, "anna");
        await page.getByText("Add a user").first().click();
        await page.getByLabel(/^User/).last().fill("wall");
        await page.getByLabel(/^Password/).last().fill(PASSWORD);
        await page.getByRole("button", { name: "Add a user" }).click();
        await page.locator("[aria-labelledby=set-users] tbody").getByText("wall").waitFor();
        await page.getByText("Make a token").first().click();
        await page.getByLabel("Name", { exact: true }).fill("telegraf");
        await page.getByRole("button", { name: "Make a token" }).click();
        const token = await page.locator(".new-token code").innerText();
        const answer = await fetch(`${at}api/v1/series?limit=1`, { headers: { Authorization: `Bearer ${token}` } });
        assert.equal(answer.status, 200);
        assert.deepEqual(await violations(page), []);
        await shot(page, "accounts-real");
        await page.getByRole("button", { name: "Log out" }).click();
        await page.getByRole("heading", { name: "Log in" }).waitFor();
        await login(page, "wall");
        await page.getByText("wall, viewer.").waitFor();
        assert.equal(await page.getByText("Effective configuration").count(), 0);
        assert.equal(await page.getByText("Test a payload").count(), 0);
        await page.goto(`${at}#/`);
        await rows(page).first().waitFor();
        await context.close();
    });
});

// The example page of the live client, as the gateway serves it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, skip } from "./browser.mjs";

let browser;
before(async () => {
    if (!skip) browser = await launch();
});
after(() => browser?.close());

test("the example page shows values and follows them", { skip }, async () => {
    const { page, wrong } = await open(browser, "example.html");
    const texts = () => page.locator("#values li").allTextContents();
    await page.locator("#values li").first().waitFor();
    await page.waitForFunction(() => /: \S/.test(document.querySelector("#values li")?.textContent ?? ""));
    const before = await texts();
    await page.waitForFunction(
        (seen) => [...document.querySelectorAll("#values li")].some((row, n) => row.textContent !== seen[n]),
        before,
    );
    assert.deepEqual(wrong, []);
});

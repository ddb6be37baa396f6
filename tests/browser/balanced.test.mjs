// The dashboard through nginx, with two gateways behind it that share one broker's messages and know whom nginx lets in by
// a JWT alone, while one of them is killed.
// Run by scripts/balanced-tests.
import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { after, before, test } from "node:test";
import { launch, open, patience, url, values } from "./browser.mjs";

const kill = process.env.TIDEGATE_KILL; // ends, with -9, the gateway of this name
const skip = kill ? false : "TIDEGATE_KILL is not set";

let browser;
before(async () => {
    if (!skip) browser = await launch();
});
after(() => browser?.close());

const behind = (process.env.TIDEGATE_BEHIND ?? "").split(" ");

const gateway = async () => (await (await fetch(`${url}api/v1/gateway`)).json()).gateway;

test("neither gateway answers who brings no token", { skip }, async () => {
    assert.equal(behind.length, 2);
    for (const one of behind) assert.equal((await fetch(`${one}/api/v1/gateway`)).status, 403); // nobody has claimed it
    assert.equal((await (await fetch(`${url}api/v1/session`)).json()).role, "viewer");
});

test("a page goes on when the gateway that it follows is killed", { skip }, async () => {
    const { page } = await open(browser, "#/");
    const followed = await page.evaluate(
        () =>
            new Promise((resolve) => {
                // Which one a live connection gets now; the page's own goes the same way (ip_hash).
                const socket = new WebSocket(
                    `${location.origin.replace("http", "ws")}/api/v1/live`,
                    "tidegate.v1.json",
                );
                socket.onopen = () => socket.send('{"k":"hello","v":1}');
                socket.onmessage = (event) => {
                    const message = JSON.parse(event.data);
                    if (message.k !== "welcome") return;
                    socket.close();
                    resolve(message.gateway);
                };
            }),
    );
    await page.locator(".table .row:not(.head)").first().waitFor();
    const changes = async (since) => {
        const deadline = Date.now() + patience;
        while (Date.now() < deadline) {
            const shown = await values(page);
            if (shown.length > 0 && JSON.stringify(shown) !== JSON.stringify(since)) return true;
            await new Promise((done) => setTimeout(done, 200));
        }
        return false;
    };
    assert.ok(await changes(await values(page)), "values change before");
    execSync(`${kill} ${followed}`, { shell: "/bin/bash" });
    assert.ok(await changes(await values(page)), "values change after it was killed");
    assert.notEqual(await gateway(), followed, "the other one answers");
    await page.waitForFunction(() => !document.body.textContent.includes("reconnecting"));
});

// The dashboard and the example of the client through nginx, with two gateways behind it that share one broker's messages and
// know whom nginx lets in by a JWT alone: names and values stay together, whichever gateway answers what, and while one of
// them is killed. The two have learned their series in opposite order, so that an id of one names another series of the other.
// Run by scripts/balanced-tests.
import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { after, before, test } from "node:test";
import { launch, open, patience, url, values } from "./browser.mjs";

const kill = process.env.TIDEGATE_KILL; // ends, with -9, the gateway of this name
const skip = kill ? false : "TIDEGATE_KILL is not set";
const scattered = process.env.TIDEGATE_SCATTERED; // where each request goes to the gateway whose turn it is
const token = process.env.TIDEGATE_TOKEN; // what nginx brings

let browser;
before(async () => {
    if (!skip) browser = await launch();
});
after(() => browser?.close());

const behind = (process.env.TIDEGATE_BEHIND ?? "").split(" ");

const gateway = async () => (await (await fetch(`${url}api/v1/gateway`)).json()).gateway;

/** Looks at the page all the while: what it says of learn/tideone is from 1000 on, and of learn/tidetwo from 2000 on. */
async function watch(page) {
    await page.evaluate(() => {
        window.seen = { right: 0, wrong: [] };
        setInterval(() => {
            const rows = document.querySelectorAll(".table .row:not(.head), #values li");
            for (const row of rows) {
                const name = /tide(one|two)/i.exec(row.textContent)?.[1].toLowerCase();
                const text = row.querySelector(".value")?.textContent ?? row.textContent.split(": ")[1];
                const value = Number(/\d[\d\s,.]*/.exec(text ?? "")?.[0].replace(/[^\d.]/g, "") ?? "NaN");
                if (!name || Number.isNaN(value)) continue;
                if (Math.floor(value / 1000) === { one: 1, two: 2 }[name]) window.seen.right++;
                else window.seen.wrong.push(`${row.textContent} (${value})`);
            }
        }, 20);
    });
    return {
        async seen() {
            return await page.evaluate(() => window.seen);
        },
        /** Until both names were seen often from now on. */
        async more() {
            const { right } = await this.seen();
            await page.waitForFunction((least) => window.seen.right > least, right + 100);
        },
    };
}

test("neither gateway answers who brings no token", { skip }, async () => {
    assert.equal(behind.length, 2);
    for (const one of behind) assert.equal((await fetch(`${one}/api/v1/gateway`)).status, 403); // nobody has claimed it
    assert.equal((await (await fetch(`${url}api/v1/session`)).json()).role, "viewer");
});

test("the gateways have learned their series in opposite order", { skip }, async () => {
    const orders = [];
    for (const one of behind) {
        const headers = { Authorization: `Bearer ${token}` };
        const answer = await fetch(`${one}/api/v1/series?topic=learn/%2B`, { headers });
        const { run, series } = await answer.json();
        assert.equal(answer.headers.get("Tidegate-Run"), run);
        orders.push(series.map((s) => s.topic).join());
    }
    assert.notEqual(orders[0], orders[1]);
});

for (const path of ["#/", "example.html"])
    test(`${path} shows each name with its own value where requests go to either gateway`, { skip }, async () => {
        for (let n = 0; n < 4; n++) {
            const { page, context } = await open(browser, path, { at: scattered, height: 3000 });
            const watched = await watch(page);
            await watched.more();
            const { wrong } = await watched.seen();
            assert.deepEqual(wrong, []);
            await context.close();
        }
    });

test("pages go on, each name with its own value, when the gateway that they follow is killed", { skip }, async () => {
    const { page } = await open(browser, "#/", { height: 3000 });
    const { page: example } = await open(browser, "example.html");
    const followed = await page.evaluate(
        () =>
            new Promise((resolve) => {
                // Which one a live connection gets now; the page's own goes the same way (hash).
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
    const watched = [await watch(page), await watch(example)];
    for (const one of watched) await one.more();
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
    for (const one of watched) {
        await one.more();
        assert.deepEqual((await one.seen()).wrong, []);
    }
});

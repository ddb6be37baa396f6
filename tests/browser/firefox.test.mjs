// The same dashboard on a second engine: every page shows what it should, without an error. See README.md.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { number, PAGES, shots, skip, url } from "./browser.mjs";
import { Firefox, noFirefox } from "./firefox.mjs";

describe("the dashboard in Firefox", { skip: skip || noFirefox }, () => {
    let firefox;
    before(async () => {
        firefox = await Firefox.launch(1440, 900);
    });
    after(() => firefox?.close());

    it("shows every page without an error", async () => {
        const series = await number();
        for (const { name, hash, sign } of PAGES(series)) {
            await firefox.goto(url + hash);
            await firefox.waitFor(`document.querySelector(${JSON.stringify(sign)})`, `${name}: ${sign}`);
            const wide = await firefox.evaluate("document.documentElement.scrollWidth");
            assert.ok(wide <= 1440, `${name} is ${wide} px wide`);
            assert.ok((await firefox.evaluate("document.title")).length > 0, name);
            await firefox.shot(shots, `firefox-${name}`);
        }
        assert.deepEqual(firefox.wrong, []);
    });

    it("moves its values", async () => {
        await firefox.goto(`${url}#/`);
        const values = `[...document.querySelectorAll(".table .row:not(.head) .value")].map((c) => c.textContent)`;
        await firefox.waitFor(`${values}.some((v) => /\\d/.test(v))`, "a value");
        const was = JSON.stringify(await firefox.evaluate(values));
        await firefox.waitFor(`${values}.some((v, n) => v !== ${was}[n])`, "another value");
    });

    it("draws a chart from history", async () => {
        const { device } = await number();
        await firefox.goto(`${url}#/d/${encodeURIComponent(device)}`);
        await firefox.waitFor(`(() => {
            const canvas = document.querySelector(".plot canvas");
            if (!canvas) return false;
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let inked = 0;
            for (let i = 3; i < data.length; i += 4) if (data[i] > 0) inked++;
            return inked > 1000;
        })()`);
        assert.deepEqual(firefox.wrong, []);
    });
});

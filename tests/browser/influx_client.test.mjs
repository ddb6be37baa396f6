// InfluxDB's own client writes to the gateway as it would to InfluxDB 2.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { skip, url } from "./browser.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { HttpError, InfluxDB, Point } = require("@influxdata/influxdb-client");

const series = async (topic) =>
    (await (await fetch(`${url}api/v1/series?topic=${encodeURIComponent(topic)}`)).json()).series;

test("points of InfluxDB's client are kept when it has flushed", { skip }, async () => {
    const bucket = `client-${process.pid}`;
    const influx = new InfluxDB({ url, token: "any" });
    const write = influx.getWriteApi("any", bucket, "ms", { gzipThreshold: 10, maxRetries: 2 });
    const now = Date.now();
    for (let n = 0; n < 500; ++n) {
        write.writePoint(
            new Point("room")
                .tag("host", n % 2 ? "a b" : "c,d")
                .floatField("temperature", 20 + n / 100)
                .intField("number", n)
                .stringField("state", 'say "on"')
                .timestamp(now - 500 + n),
        );
    }
    await write.close();
    const known = await series(`influx/${bucket}`);
    assert.deepEqual(known.map((one) => one.device).sort(), [
        ...Array(3).fill("host=a b"),
        ...Array(3).fill("host=c,d"),
    ]);
    const number = known.find((one) => one.field === "/room/number");
    // Where the clock of this machine is not known to be right, no time of a sender's is believed.
    const metrics = await (await fetch(`${url}metrics`)).text();
    if (metrics.includes("\ntidegate_clock_synchronised 1")) assert.equal(number.latest.t, now - 2);
    assert.equal(number.latest.v, 498);
    assert.equal(known.find((one) => one.field.endsWith("/state")).latest.v, 'say "on"');
    const history = await (
        await fetch(`${url}api/v1/history?series=${number.id}&from=${now - 1000}&to=${now + 60_000}&points=1000`)
    ).json();
    assert.deepEqual(
        history.series[0].v,
        Array.from({ length: 250 }, (_, n) => 2 * n),
    );
});

test("a client whose lines are bad is told, and its good lines are kept", { skip }, async () => {
    const bucket = `partly-${process.pid}`;
    const write = new InfluxDB({ url, token: "any" }).getWriteApi("any", bucket, "ns", { maxRetries: 0 });
    write.writeRecords(["good v=1", "no line at all"]);
    await assert.rejects(write.flush(), (error) => error instanceof HttpError && error.statusCode === 400);
    await write.close().catch(() => {});
    assert.equal((await series(`influx/${bucket}`)).length, 1);
});

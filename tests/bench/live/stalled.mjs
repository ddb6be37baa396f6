// Live clients alone, and beside many that read nothing; then many that come back again and again.
// stalled.mjs GATEWAY_PORT GATEWAY_PID MQTT_PORT [STALLED] [LIVE] [RATE] [SECONDS] [STORMS]
import { readFileSync } from "node:fs";
import { publisher } from "./mqtt.mjs";
import { live, percentile, sleep } from "./sockets.mjs";

const [gateway, pid, mqtt, stalled = 1000, alive = 50, rate = 2000, seconds = 12, storms = 10] = process.argv
    .slice(2)
    .map(Number);
const SERIES = 1000;

const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))[1]) / 1024;
function cpu() {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").replace(/.*\) /, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
}
const now = () => Math.round((performance.timeOrigin + performance.now()) * 1000); // µs

// Its value says when it was published. Of each frame the newest value counts: it waited least, which is the server's own time.
let latencies = [];
let frames = 0;
function measure(payload) {
    const arrived = now();
    const message = JSON.parse(payload.toString("latin1"));
    if (message.k !== "d" || message.from === 0 || message.v.length === 0) return;
    frames++;
    latencies.push((arrived - Math.max(...message.v)) / 1000);
}

async function look(name) {
    latencies = [];
    frames = 0;
    const before = cpu();
    await sleep(seconds * 1000);
    const p99 = percentile(latencies, 0.99);
    console.log(
        `${name.padEnd(34)} publish to frame p50 ${percentile(latencies, 0.5).toFixed(2)} ms, p99 ${p99.toFixed(2)} ms ` +
            `(${latencies.length} frames), CPU ${((100 * (cpu() - before)) / seconds).toFixed(1)} %, RSS ${rss().toFixed(1)} MB`,
    );
    return p99;
}

const load = publisher(mqtt, SERIES, rate, () => String(now()));
await sleep(3000);
const clients = [];
// The first measures, the others only read: JSON of 50 of them would be the load of this process, not of the gateway.
for (let n = 0; n < alive; ++n) clients.push(await live(gateway, n, { rate: 100 }, n < 5 ? measure : () => {}));
await sleep(2000);
const alone = await look(`${alive} live clients alone`);
const rssAlone = rss();

const stuck = [];
for (let n = 0; n < stalled; ++n) {
    const socket = await live(gateway, n, { rate: 100 }, () => {});
    socket.pause();
    stuck.push(socket);
}
await sleep(2000);
const beside = await look(`${alive} live beside ${stalled} stalled`);
console.log(
    `p99 beside to alone: ${(beside / alone).toFixed(2)} (goal: 2 at most); RSS +${(rss() - rssAlone).toFixed(1)} MB (goal: 40 at most)`,
);
for (const socket of stuck) socket.destroy();
await sleep(2000);

// Each connects, says what it had, takes its first update, and is gone.
let epoch = "";
let seq = 0;
function once(n) {
    return new Promise((resolve, reject) => {
        let socket = null;
        const timer = setTimeout(() => reject(new Error("no update")), 20_000);
        const each = (payload) => {
            const message = JSON.parse(payload.toString("latin1"));
            if (message.k === "welcome") epoch = message.epoch;
            if (message.k !== "d") return;
            seq = Math.max(seq, message.seq);
            clearTimeout(timer);
            setImmediate(() => {
                socket?.destroy();
                resolve();
            });
        };
        live(gateway, n, { rate: 100, ...(epoch ? { epoch, seq } : {}) }, each).then((made) => {
            socket = made;
        }, reject);
    });
}
latencies = [];
const before = cpu();
const begun = performance.now();
let most = 0;
for (let storm = 0; storm < storms; ++storm) {
    await Promise.all(Array.from({ length: stalled }, (_, n) => once(n)));
    most = Math.max(most, rss());
}
const took = (performance.now() - begun) / 1000;
console.log(
    `${stalled} x ${storms} reconnections: ${took.toFixed(1)} s, ${((stalled * storms) / took).toFixed(0)} a second, all told; ` +
        `CPU ${(cpu() - before).toFixed(1)} s, RSS ${most.toFixed(1)} MB at most; live ones meanwhile p99 ${percentile(latencies, 0.99).toFixed(1)} ms`,
);
for (const socket of clients) socket.destroy();
load.stop();
process.exit(0);

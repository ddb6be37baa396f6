// From publish to frame: the gateway's live view beside a bare MQTT subscriber over Mosquitto's WebSockets, in one run.
// latency.mjs GATEWAY_PORT MQTT_PORT BROKER_WS_PORT [RATE] [SECONDS]
import { connectPacket, publisher, reader, subscribePacket } from "./mqtt.mjs";
import { connect, frame, frames, live, percentile, sleep } from "./sockets.mjs";

const [gateway, mqtt, brokerWs, rate = 1000, seconds = 15] = process.argv.slice(2).map(Number);
const now = () => Math.round((performance.timeOrigin + performance.now()) * 1000); // µs

const bare = [];
const ours = [];
const load = publisher(mqtt, rate, rate, () => String(now())); // each series once a second: nothing is conflated
const socket = await connect(
    brokerWs,
    "/mqtt",
    "mqtt",
    1,
    frames(reader((_topic, payload) => bare.push((now() - Number(payload)) / 1000))),
);
socket.write(frame(connectPacket("bare"), 2));
socket.write(frame(subscribePacket("load/#"), 2));
await live(gateway, 2, { rate: 20 }, (payload) => {
    const arrived = now();
    const message = JSON.parse(payload.toString("latin1"));
    if (message.k === "d" && message.from !== 0) for (const at of message.v) ours.push((arrived - at) / 1000);
});
await sleep(4000);
bare.length = ours.length = 0;
await sleep(seconds * 1000);
for (const [name, values] of [
    ["MQTT over Mosquitto's WebSocket", bare],
    ["Tidegate, 20 ms", ours],
])
    console.log(
        `${name.padEnd(34)} p50 ${percentile(values, 0.5).toFixed(2)} ms, p99 ${percentile(values, 0.99).toFixed(2)} ms (${values.length} values)`,
    );
load.stop();
process.exit(0);

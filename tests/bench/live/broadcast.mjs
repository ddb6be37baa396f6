// The usual way: a ws server that sends each message to every client as it comes (each), or all that came in half a second in
// one text (batch). broadcast.mjs MQTT_PORT PORT each|batch
import { createRequire } from "node:module";
import { subscriber } from "./mqtt.mjs";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));
const { WebSocketServer } = require("ws");

const [mqtt, port, manner] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const server = new WebSocketServer({ port, host: "127.0.0.1", perMessageDeflate: false });
const tell = (text) => {
    for (const client of server.clients) client.send(text);
};
let latest = new Map();
subscriber(mqtt, "load/#", (topic, payload) => {
    const t = Date.now();
    if (manner === "each") tell(JSON.stringify({ topic, value: Number(payload), t }));
    else latest.set(topic, { topic, value: Number(payload), t });
});
if (manner === "batch")
    setInterval(() => {
        if (latest.size === 0) return;
        tell(JSON.stringify([...latest.values()]));
        latest = new Map();
    }, 500);

// Fan-out: the same values to many clients, for each server the CPU time of a million client-updates (one value told to one client).
// fan_out.mjs GATEWAY_PORT GATEWAY_PID MQTT_PORT BROKER_WS_PORT BROKER_PID [CLIENTS] [SERIES] [SECONDS] [FEW]
// FEW clients for those servers that send each message by itself: of 200 this machine cannot even count what they send.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connectPacket, publisher, subscribePacket } from "./mqtt.mjs";
import { connect, frame, frames, live, sleep } from "./sockets.mjs";

const [gateway, gatewayPid, mqtt, brokerWs, brokerPid, clients = 200, series = 1000, seconds = 15, few = 20] =
    process.argv
    .slice(2)
    .map(Number);
const RATE = 2 * series; // each series at 2 Hz

function cpu(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").replace(/.*\) /, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Clients join, settle, and are counted for a while; `idle`: what the server uses a second without them. */
async function measure(name, pid, join, idle, many) {
    let bytes = 0;
    let updates = 0;
    let messages = 0;
    const told = (size, values) => {
        bytes += size;
        messages++;
        updates += values;
    };
    const sockets = await Promise.all(Array.from({ length: many }, (_, n) => join(n, told)));
    await sleep(3000);
    [bytes, updates, messages] = [0, 0, 0];
    const before = cpu(pid);
    await sleep(seconds * 1000);
    const all = cpu(pid) - before;
    const used = all - idle * seconds;
    for (const socket of sockets) socket.destroy();
    await sleep(1000);
    const wished = many * RATE * seconds;
    console.log(
        `${name.padEnd(26)} ${String(many).padStart(4)} clients ${((used / updates) * 1e6).toFixed(3).padStart(8)} CPU-s a million client-updates  ` +
            `(${idle === 0 ? "" : `${used.toFixed(2)} s more than without clients, `}${all.toFixed(2)} s in all; ${(updates / 1e6).toFixed(2)} million updates = ${((100 * updates) / wished).toFixed(0)} % of what there was, ` +
            `${(messages / seconds).toFixed(0)} messages/s, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s)`,
    );
    return used / updates;
}

const load = publisher(mqtt, series, RATE, (n) => String((n * 7) % 1000));
await sleep(2000);

// Of the server's time, what the same values cost it without a client: that is not fan-out.
async function alone(pid) {
    const before = cpu(pid);
    await sleep(5000);
    return (cpu(pid) - before) / 5;
}

// Counted, not parsed: parsing 400,000 values a second would be the load.
function valuesOf(payload) {
    if (payload[2] !== 107 || payload[6] !== 100) return 0; // {"k":"d"
    const text = payload.toString("latin1");
    let count = 0;
    for (const name of ['"g":[', '"u":[']) {
        const from = text.indexOf(name) + name.length;
        const to = text.indexOf("]", from);
        if (to > from) count += text.slice(from, to).split(",").length;
    }
    return count;
}

const known = new Map(); // one message, many clients: counted once
function counted(payload) {
    const head = payload.toString("latin1", 0, Math.min(payload.length, 60)) + payload.length;
    if (!known.has(head)) {
        if (known.size > 1000) known.clear();
        known.set(head, valuesOf(payload));
    }
    return known.get(head);
}

const brokerIdle = await alone(brokerPid);
const ours = await measure(
    "Tidegate, all that it does",
    gatewayPid,
    (n, told) => live(gateway, n, { rate: 500 }, (payload) => told(payload.length, counted(payload))),
    0, // what clients add is less than what its work without them varies by
    clients,
);
const joinBroker = async (n, told) => {
    const each = (payload) => told(payload.length, publishes(payload));
    const socket = await connect(brokerWs, "/mqtt", "mqtt", n, frames(each));
    socket.write(frame(connectPacket(`fan-${n}`), 2));
    socket.write(frame(subscribePacket("load/#"), 2));
    return socket;
};

// Whole packets of less than 128 bytes.
function publishes(payload) {
    let count = 0;
    for (let at = 0; at + 1 < payload.length; at += 2 + payload[at + 1]) if (payload[at] >> 4 === 3) count++;
    return count;
}
const broker = await measure("Mosquitto, its WebSockets", brokerPid, joinBroker, brokerIdle, few);

const others = [];
for (const manner of ["each", "batch"]) {
    const port = brokerWs + (manner === "each" ? 1 : 2);
    const server = spawn(process.execPath, [new URL("./broadcast.mjs", import.meta.url).pathname, mqtt, port, manner], {
        stdio: "inherit",
    });
    await sleep(2500);
    const own = await alone(server.pid);
    const of = (payload) => (manner === "each" ? 1 : payload.toString("latin1").split('"topic"').length - 1);
    const seen = new Map();
    const cheap = (payload) => {
        if (manner === "each") return 1;
        if (!seen.has(payload.length)) seen.set(payload.length, of(payload));
        return seen.get(payload.length);
    };
    const join = async (n, told) =>
        connect(port, "/", "json", n, frames((payload) => told(payload.length, cheap(payload))));
    others.push(await measure(`ws, ${manner === "each" ? "each message" : "a text each 500 ms"}`, server.pid, join, own, manner === "each" ? few : clients));
    server.kill();
}
load.stop();
console.log(
    `Mosquitto takes ${(broker / ours).toFixed(1)} times as much for one as Tidegate does (goal: 5), ws ${(others[0] / ours).toFixed(1)} and ` +
        `${(others[1] / ours).toFixed(1)} times, though all that Tidegate does is counted and of the others what clients add`,
);
process.exit(0);

// A small plant in trouble, for the pictures: an alarm that nobody has seen, one that somebody will acknowledge, a meter that is
// late when it is told to be, a station that is away, a chart with a gap, and a device whose messages make no sense. Publishes until it
// is ended: sh web/node tests/browser/plant.mjs BROKER_PORT [HUSH]; the meter is silent while there is a file HUSH. Needs
// mosquitto_pub.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

const [port = "1883", hush = ""] = process.argv.slice(2);
const began = Date.now();
const pens = new Map();

/** One line of a topic; a mosquitto_pub stays for each. */
function say(topic, message, ...more) {
    if (!pens.has(topic)) {
        const pen = spawn("mosquitto_pub", ["-p", port, "-t", topic, "-l", ...more], { stdio: ["pipe", "ignore", "inherit"] });
        pen.stdin.on("error", () => process.exit(1));
        pens.set(topic, pen);
    }
    pens.get(topic).stdin.write(`${message}\n`);
}

const wave = (s, period, by) => by * Math.sin((2 * Math.PI * s) / period);
const noise = () => Math.random() - 0.5;
const json = (values) => JSON.stringify(values);

let turn = 0;
setInterval(() => {
    const s = (Date.now() - began) / 1000;
    turn++;
    // Warms up: above -15 °C from the first minute on.
    const air = Math.min(-11.2, -18 + s / 9) + wave(s, 40, 0.2) + 0.2 * noise();
    say("plant/cold/freezer-b", json({ air: air.toFixed(1) * 1, evaporator: (-21 + wave(s, 90, 1.2)).toFixed(1) * 1 }));
    // Silent for 40 s of each four minutes.
    if ((s + 200) % 240 > 40)
        say("plant/cold/freezer-a", json({ air: (-18.2 + wave(s, 70, 0.6) + 0.2 * noise()).toFixed(1) * 1, evaporator: (-22 + wave(s, 50, 0.9)).toFixed(1) * 1 }));
    say("plant/boiler/boiler-1", json({ flow: (64 + wave(s, 60, 1.5) + noise()).toFixed(1) * 1, return: (48.5 + wave(s, 80, 1)).toFixed(1) * 1 }));
    if (!existsSync(hush)) say("plant/cold/gas-meter", json({ volume: (1482.317 + s / 1000).toFixed(3) * 1 }));
    // Says good-bye.
    if (turn === 21) say("tele/weather/LWT", "Offline", "-r");
    if (turn === 1) say("tele/weather/LWT", "Online", "-r");
    if (turn < 20) say("tele/weather/SENSOR", json({ AM2301: { Temperature: 9.4, Humidity: 81 } }));
    if (turn % 5 === 0) say("tele/broken/SENSOR", '{"AM2301":{"Temperature":21.');
    // Far more than its rule lets through.
    for (let n = 0; n < 8; n++) say("plant/line3/press-3/vibration", (2.8 + 0.3 * noise()).toFixed(2));
}, 1000);
process.on("SIGTERM", () => {
    for (const pen of pens.values()) pen.kill();
    process.exit(0);
});

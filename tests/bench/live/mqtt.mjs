// As much of MQTT 3.1.1 as a load needs: QoS 0 out, QoS 0 in, over TCP or within a WebSocket.
import net from "node:net";

function length(n) {
    const bytes = [];
    do {
        bytes.push((n % 128) | (n > 127 ? 128 : 0));
        n = Math.floor(n / 128);
    } while (n > 0);
    return Buffer.from(bytes);
}

function text(value) {
    const bytes = Buffer.from(value);
    const size = Buffer.alloc(2);
    size.writeUInt16BE(bytes.length);
    return Buffer.concat([size, bytes]);
}

const packet = (first, body) => Buffer.concat([Buffer.from([first]), length(body.length), body]);

export const connectPacket = (id) =>
    packet(0x10, Buffer.concat([text("MQTT"), Buffer.from([4, 2, 0, 0]), text(id)]));
export const subscribePacket = (filter) =>
    packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(filter), Buffer.from([0])]));
export const publishPacket = (topic, payload) => packet(0x30, Buffer.concat([text(topic), Buffer.from(payload)]));

/** Takes bytes as they come; calls `each` with topic and payload of every PUBLISH. */
export function reader(each) {
    let rest = Buffer.alloc(0);
    return (bytes) => {
        rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
        for (;;) {
            let size = 0;
            let at = 1;
            let shift = 1;
            for (; at < rest.length && at < 5; ++at) {
                size += (rest[at] & 127) * shift;
                shift *= 128;
                if (rest[at] < 128) break;
            }
            if (at >= rest.length || rest.length < at + 1 + size) return;
            if (rest[0] >> 4 === 3) {
                const topic = rest.readUInt16BE(at + 1);
                each(rest.toString("utf8", at + 3, at + 3 + topic), rest.toString("utf8", at + 3 + topic, at + 1 + size));
            }
            rest = rest.subarray(at + 1 + size);
        }
    };
}

/** Publishes value(n) on topic n % topics, `rate` a second, in steps of 10 ms; stop() ends it. */
export function publisher(port, topics, rate, value) {
    const socket = net.connect(port, "127.0.0.1");
    socket.write(connectPacket("load"));
    socket.on("data", () => {});
    const begun = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
        const due = Math.floor(((performance.now() - begun) * rate) / 1000);
        const packets = [];
        for (; sent < due; ++sent) packets.push(publishPacket(`load/${sent % topics}`, value(sent)));
        if (packets.length > 0) socket.write(Buffer.concat(packets));
    }, 10);
    return {
        sent: () => sent,
        stop: () => {
            clearInterval(timer);
            socket.end();
        },
    };
}

/** Subscribes to `filter`; each(topic, payload). */
export function subscriber(port, filter, each) {
    const socket = net.connect(port, "127.0.0.1");
    socket.write(connectPacket(`watch-${Math.random()}`));
    socket.write(subscribePacket(filter));
    socket.on("data", reader(each));
    return socket;
}

// WebSocket clients as cheap as they can be: bytes in, frames out; most of them only count.
import net from "node:net";

/** One frame of a client, masked with zeros. */
export function frame(payload, opcode) {
    const body = Buffer.from(payload);
    const head = body.length < 126 ? Buffer.alloc(6) : Buffer.alloc(8);
    head[0] = 0x80 | opcode;
    if (body.length < 126) head[1] = 0x80 | body.length;
    else {
        head[1] = 0x80 | 126;
        head.writeUInt16BE(body.length, 2);
    }
    return Buffer.concat([head, body]);
}

/** Takes bytes as they come; each(payload) a whole frame, without decoding it. */
export function frames(each) {
    let rest = Buffer.alloc(0);
    return (bytes) => {
        rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
        for (;;) {
            if (rest.length < 2) return;
            let size = rest[1] & 127;
            let at = 2;
            if (size === 126) {
                if (rest.length < 4) return;
                size = rest.readUInt16BE(2);
                at = 4;
            } else if (size === 127) {
                if (rest.length < 10) return;
                size = Number(rest.readBigUInt64BE(2));
                at = 10;
            }
            if (rest.length < at + size) return;
            if ((rest[0] & 15) < 3) each(rest.subarray(at, at + size));
            rest = rest.subarray(at + size);
        }
    };
}

/**
 * Connects from an address of its own among the loopback's, so that bounds on one address are not met; resolves when the
 * upgrade is done. `onBytes` gets what comes behind the head.
 */
export function connect(port, path, protocol, number, onBytes) {
    return new Promise((resolve, reject) => {
        const socket = net.connect({ port, host: "127.0.0.1", localAddress: `127.0.0.${2 + (number % 200)}` });
        socket.setNoDelay(true);
        let head = Buffer.alloc(0);
        socket.on("error", reject);
        socket.write(
            `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
                `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n` +
                `Sec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
        );
        const read = (bytes) => {
            head = Buffer.concat([head, bytes]);
            const end = head.indexOf("\r\n\r\n");
            if (end < 0) return;
            socket.off("data", read);
            if (!head.toString("latin1", 0, 12).includes("101")) return reject(new Error(head.toString("latin1", 0, 60)));
            socket.on("data", onBytes);
            resolve(socket);
            if (head.length > end + 4) onBytes(head.subarray(end + 4));
        };
        socket.on("data", read);
    });
}

/** A client of the gateway's live protocol; each(payload) a message. */
export async function live(port, number, hello, each) {
    const socket = await connect(port, "/api/v1/live", "tidegate.v1.json", number, frames(each));
    socket.write(frame(JSON.stringify({ k: "hello", v: 1, ...hello }), 1));
    return socket;
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export function percentile(values, share) {
    const sorted = Float64Array.from(values).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

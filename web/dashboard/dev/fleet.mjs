// A made-up plant. Every value is a function of its time, so that history of any length needs no memory.

const KINDS = {
    temperature: {
        name: "Air temperature",
        field: "/air/temperature",
        unit: "°C",
        base: 21,
        swing: 3,
        noise: 0.25,
        digits: 1,
        every: 5000,
    },
    flow: {
        name: "Flow temperature",
        field: "/flow/temperature",
        unit: "°C",
        base: 64,
        swing: 4,
        noise: 0.5,
        digits: 1,
        every: 2000,
    },
    return: {
        name: "Return temperature",
        field: "/return/temperature",
        unit: "°C",
        base: 48,
        swing: 3,
        noise: 0.5,
        digits: 1,
        every: 2000,
    },
    humidity: {
        name: "Humidity",
        field: "/air/humidity",
        unit: "%",
        base: 55,
        swing: 8,
        noise: 0.6,
        digits: 1,
        every: 5000,
    },
    power: {
        name: "Power",
        field: "/power",
        unit: "W",
        base: 740,
        swing: 60,
        noise: 30,
        digits: 0,
        every: 1000,
    },
    volume: {
        name: "Volume",
        field: "/volume",
        unit: "m³",
        base: 1482.3,
        swing: 0,
        noise: 0,
        ramp: 0.000004,
        digits: 3,
        every: 60000,
    },
    vibration: {
        name: "Vibration",
        field: "/vibration/rms",
        unit: "mm/s",
        base: 2.8,
        swing: 0.3,
        noise: 0.15,
        digits: 2,
        every: 500,
    },
    spindle: {
        name: "Spindle",
        field: "/spindle/speed",
        unit: "rpm",
        base: 1450,
        swing: 20,
        noise: 12,
        digits: 0,
        every: 500,
    },
    pressure: {
        name: "Line pressure",
        field: "/line/pressure",
        unit: "bar",
        base: 7.2,
        swing: 0.4,
        noise: 0.08,
        digits: 2,
        every: 1000,
    },
    current: {
        name: "Motor current",
        field: "/motor/current",
        unit: "A",
        base: 11.8,
        swing: 1,
        noise: 0.2,
        digits: 2,
        every: 1000,
    },
    co2: {
        name: "Carbon dioxide",
        field: "/co2",
        unit: "ppm",
        base: 610,
        swing: 90,
        noise: 8,
        digits: 0,
        every: 10000,
    },
    airflow: {
        name: "Air flow",
        field: "/airflow",
        unit: "m/s",
        base: 0.52,
        swing: 0.06,
        noise: 0.02,
        digits: 2,
        every: 3000,
    },
    battery: {
        name: "Battery",
        field: "/battery",
        unit: "%",
        base: 87,
        swing: 0.5,
        noise: 0,
        digits: 0,
        every: 60000,
    },
    running: {
        name: "Running",
        field: "/running",
        unit: "",
        states: [true, false],
        hold: 480,
        odds: 0.8,
        every: 8000,
    },
    door: {
        name: "Door",
        field: "/door",
        unit: "",
        states: ["closed", "open"],
        hold: 45,
        odds: 0.9,
        every: 15000,
    },
    mode: {
        name: "Mode",
        field: "/mode",
        unit: "",
        states: ["auto", "manual", "defrost"],
        hold: 240,
        odds: 0.7,
        every: 10000,
    },
};

const PLANT = [
    ["plant2/cold", "cold-a", ["temperature", "humidity", "door"], -18.4],
    ["plant2/cold", "cold-b", ["temperature", "humidity", "mode", "battery"], -16.5],
    ["plant2/boiler", "boiler-1", ["flow", "return", "pressure"]],
    ["plant2/boiler", "boiler-2", ["flow", "return", "pressure"]],
    ["plant2/boiler", "gas-meter", ["volume"]],
    ["plant2/boiler", "pump-2", ["power", "running"]],
    ["plant2/line3", "press-3", ["vibration", "spindle", "power"]],
    ["plant2/line3", "comp-1", ["pressure", "current"]],
    ["plant2/line3", "conveyor", ["running", "power"]],
    ["plant2/lab", "co2-lab", ["co2", "temperature", "humidity"]],
    ["plant2/lab", "fume-1", ["airflow"]],
    ["plant2/yard", "weather", ["temperature", "humidity"], 9.4],
    ["plant2/yard", "gate-1", ["door", "battery"]],
];

const hash = (a, b) => {
    let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b | 0, 0xc2b2ae35);
    h = Math.imul(h ^ (h >>> 15), 0x27d4eb2f);
    return ((h ^ (h >>> 13)) >>> 0) / 4294967296;
};

export function makeFleet(count, now) {
    const list = [];
    const add = (root, device, kinds, base) => {
        for (const kind of kinds) {
            if (list.length >= count) return;
            const k = KINDS[kind];
            const own = kind === "temperature" && base !== undefined ? base : k.base;
            list.push({
                ...k,
                base: own,
                kind,
                id: list.length + 1,
                device,
                topic: `${root}/${device}/state`,
            });
        }
    };
    for (const entry of PLANT) add(...entry);
    const names = Object.keys(KINDS);
    for (let n = 1; list.length < count; n++) {
        const kinds = [names[n % 10], names[(n * 3 + 1) % 13], names[(n * 7 + 2) % 16]];
        add(
            `plant2/hall${1 + (n % 9)}`,
            `node-${String(n).padStart(3, "0")}`,
            [...new Set(kinds)].slice(0, 1 + (n % 3)),
        );
    }
    for (const s of list) {
        if (s.device === "cold-b") s.gap = [now - 175 * 60e3, now - 157 * 60e3];
        if (s.device === "cold-b" && s.kind === "temperature") s.thaw = now - 120 * 60e3;
        if (s.device === "gas-meter") s.ends = now - 130e3;
        if (s.device === "weather") s.ends = now - 134 * 60e3;
        if (s.device === "node-007") s.never = true;
    }
    return list;
}

export function silent(s, t) {
    return s.never || (s.ends !== undefined && t > s.ends) || (s.gap && t > s.gap[0] && t < s.gap[1]);
}

export function valueAt(s, t) {
    if (s.states) {
        const slot = Math.floor(t / 1000 / s.hold);
        if (hash(s.id, slot) < s.odds) return s.states[0];
        return s.states[1 + Math.floor(hash(s.id + 7, slot) * (s.states.length - 1))];
    }
    const h = t / 3600e3;
    const slow =
        Math.sin(h * 1.7 + s.id) * 0.6 +
        Math.sin(h * 5.3 + s.id * 2) * 0.3 +
        Math.sin(h * 23 + s.id * 3) * 0.12;
    const step = Math.floor(t / s.every);
    const wander = hash(s.id, Math.floor(step / 4)) - 0.5 + (hash(s.id, step) - 0.5) * 0.5;
    let v = s.base + s.swing * slow + s.noise * wander;
    if (s.ramp) v += ((t / 1000) % 1e7) * s.ramp;
    if (s.thaw && t > s.thaw) v += ((t - s.thaw) / 3600e3) * 2.6;
    return Number(v.toFixed(s.digits));
}

export const typeOf = (s) => (!s.states ? "number" : typeof s.states[0] === "boolean" ? "boolean" : "text");

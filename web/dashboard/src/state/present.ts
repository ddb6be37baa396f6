import { GatewayClock } from "../../../client/src/index.ts";

/** Something is heard each second: more than this without a word, and time stands still. */
const GRACE_MS = 1500;

/**
 * The gateway's time as far as the gateway has told it. Where nothing is heard it stands still, so that no reading grows old,
 * no device is late and no line is drawn on for what the page alone does not know.
 */
export class PresentClock {
    private readonly clock: GatewayClock;
    private told = 0;

    constructor(local?: () => number) {
        this.clock = new GatewayClock(local);
    }

    hear(t: number): void {
        this.clock.hear(t);
        this.told = t;
    }

    now(): number {
        const at = this.clock.now();
        return this.told === 0 ? at : Math.min(at, this.told + GRACE_MS);
    }
}

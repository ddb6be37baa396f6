/**
 * The gateway's clock, as well as it can be known from here. A message shows `gateway time - local time - latency`, so the
 * largest difference seen is the best; it fades slowly, so that a clock that was set is followed.
 */
export class GatewayClock {
    private offset: number | null = null;

    constructor(private readonly local: () => number = Date.now) {}

    hear(t: number): void {
        const seen = t - this.local();
        if (this.offset === null || Math.abs(seen - this.offset) > 5000) this.offset = seen;
        else this.offset = Math.max(seen, this.offset + (seen - this.offset) * 0.05);
    }

    now(): number {
        return this.local() + (this.offset ?? 0);
    }
}

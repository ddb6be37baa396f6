import { signal } from "@preact/signals";
import type { Gateway } from "../../../client/src/index.ts";

const MOST = 720;

/** What the band remembers since the page was opened: rates, the depth of the buffer, and whether an upstream was down. */
export class Depth {
    readonly version = signal(0);
    readonly t: number[] = [];
    readonly held: number[] = [];
    readonly level: number[] = [];
    readonly rate: number[] = [];
    readonly down: boolean[] = [];
    private every = 1;
    private skipped = 0;

    add(m: Gateway): void {
        // Two in a row are merged when the picture is full: an hour takes as much room as ten minutes.
        if (++this.skipped < this.every && this.t.length > 0) this.drop(this.t.length - 1);
        else this.skipped = 0;
        this.t.push(m.t);
        this.held.push(m.held);
        this.level.push(m.level);
        this.rate.push(m.in);
        this.down.push(m.up.some((u) => !u.up));
        if (this.t.length > MOST) this.thin();
        this.version.value++;
    }

    /** Change of the level, share a second, over the last minute; null while too little is known. */
    slope(): number | null {
        const last = this.t.length - 1;
        if (last < 1) return null;
        const end = this.t[last] as number;
        let first = last;
        while (first > 0 && end - (this.t[first - 1] as number) <= 60_000) first--;
        const span = end - (this.t[first] as number);
        if (span < 5000) return null;
        return (((this.level[last] as number) - (this.level[first] as number)) / span) * 1000;
    }

    private columns(): unknown[][] {
        return [this.t, this.held, this.level, this.rate, this.down];
    }

    private drop(n: number): void {
        for (const column of this.columns()) column.splice(n, 1);
    }

    private thin(): void {
        this.every *= 2;
        for (let n = this.t.length - 2; n > 0; n -= 2) this.drop(n);
    }
}

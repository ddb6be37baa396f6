/** Gathers what has changed between two animation frames, so that a page draws each series once a frame at most. */
export class Frames {
    private readonly dirty = new Set<number>();
    private frame = 0;

    constructor(
        private readonly draw: (ids: ReadonlySet<number>) => void,
        private readonly next: (callback: () => void) => number = (callback) =>
            requestAnimationFrame(callback),
    ) {}

    touch(ids: readonly number[]): void {
        for (const id of ids) this.dirty.add(id);
        if (this.dirty.size > 0) this.frame ||= this.next(() => this.flush());
    }

    private flush(): void {
        this.frame = 0;
        const ids = new Set(this.dirty);
        this.dirty.clear();
        this.draw(ids);
    }
}

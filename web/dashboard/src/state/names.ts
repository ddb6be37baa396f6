import type { Api, ApiError, Gateway } from "../../../client/src/index.ts";
import type { Catalogue } from "./catalogue.ts";

const NAMES_MS = 5000;

/** Reads which series there are, and again until it works. */
export class CatalogueReader {
    private reading = false;
    private again = false;
    private anew = false;
    private names: number | null = null;
    private awaited = false;

    constructor(
        private readonly api: Api,
        private readonly catalogue: Catalogue,
        /** Told how each attempt ended: "" or why not. */
        private readonly done: (trouble: string) => void,
        /** Told when only another gateway than the one that the values are of has answered for a while. */
        private readonly other: (why: string) => void,
    ) {}

    async read(): Promise<void> {
        this.again = true;
        if (this.reading) return;
        this.reading = true;
        for (let wait = 500; this.again; ) {
            const from = this.anew ? 0 : this.catalogue.lastId;
            try {
                this.again = this.anew = false;
                this.catalogue.add(await this.api.series(from));
                this.done("");
            } catch (error) {
                this.again = true;
                this.anew ||= from === 0;
                const { message, status } = error as ApiError;
                this.done(message);
                if (status === 409 && wait > 3000) this.other(message);
                await new Promise((done) => setTimeout(done, wait));
                wait = Math.min(wait * 2, 10_000);
            }
        }
        this.reading = false;
    }

    /** Not only what came since: what is known may be another's. */
    readAll(): void {
        this.anew = true;
        void this.read();
    }

    /** Names and units have changed of series that are there: all of it once more. */
    follow(m: Gateway): void {
        const before = this.names;
        this.names = m.names ?? 0;
        if (before === null || this.names === before || this.catalogue.lastId === 0) return;
        // Discovery names one series after the other: all are read when some have come.
        if (this.awaited) return;
        this.awaited = true;
        setTimeout(() => {
            this.awaited = false;
            this.readAll();
        }, NAMES_MS);
    }
}

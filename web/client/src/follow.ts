import { Frames } from "./frames.ts";
import { LiveClient, type LiveOptions, type LiveStatus } from "./live.ts";
import { Api, type Series } from "./rest.ts";
import { LiveTable } from "./table.ts";

export interface Followed {
    /** What is known of each series, by id. */
    readonly series: ReadonlyMap<number, Series>;
    readonly table: LiveTable;
    stop(): void;
}

/** The whole of it for a page: names and values of all that is subscribed, and one call a frame with the ids that are new. */
export function follow(
    options: Partial<LiveOptions> & { onStatus?(status: LiveStatus): void },
    draw: (ids: ReadonlySet<number>, of: Followed) => void,
): Followed {
    const series = new Map<number, Series>();
    const table = new LiveTable();
    const api = new Api("./");
    const live = new LiveClient(
        { url: `${location.origin.replace(/^http/, "ws")}/api/v1/live`, ...options },
        {
            onWelcome: () => void names(),
            onCatalogue: () => void names(),
            onDelta: (d) => {
                const { changed, heard } = table.apply(d);
                frames.touch(changed);
                frames.touch(heard);
            },
            onState: (m) => frames.touch(table.applyState(m)),
            ...(options.onStatus ? { onStatus: options.onStatus } : {}),
        },
    );
    const followed = { series, table, stop: () => live.stop() };
    const frames = new Frames((ids) => draw(ids, followed));

    async function names(): Promise<void> {
        const known = await api.series(Math.max(0, ...series.keys())).catch(() => []);
        for (const one of known) series.set(one.id, one);
        frames.touch(known.map((one) => one.id).filter((id) => table.has(id)));
    }

    live.start();
    return followed;
}

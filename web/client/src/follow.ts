import { backoff } from "./backoff.ts";
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

const TRIES = 3;

/**
 * The whole of it for a page: names and values of all that is subscribed, and one call a frame with the ids that are new. A
 * series is there when both its name and its value are; when another gateway answers under the address, those of before go.
 */
export function follow(
    options: Partial<LiveOptions> & { onStatus?(status: LiveStatus): void },
    draw: (ids: ReadonlySet<number>, of: Followed) => void,
): Followed {
    const series = new Map<number, Series>();
    const table = new LiveTable();
    const api = new Api("./");
    let renamed: number | undefined;
    const live = new LiveClient(
        { url: `${location.origin.replace(/^http/, "ws")}/api/v1/live`, ...options },
        {
            onWelcome: (m) => {
                if (m.run !== api.run) {
                    api.run = m.run;
                    renamed = undefined;
                    frames.touch([...series.keys()]);
                    series.clear();
                    table.forget();
                }
                void names();
            },
            onCatalogue: () => void names(),
            onGateway: (m) => {
                if (renamed !== undefined && m.names !== renamed) void names(0);
                renamed = m.names;
            },
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

    /** Of one gateway with the values, or after some tries a new beginning that says why. */
    async function names(from?: number): Promise<void> {
        const { run } = api;
        for (let tries = 0; run === api.run; tries++) {
            try {
                const known = await api.series(from ?? Math.max(0, ...series.keys()));
                if (run !== api.run) return;
                for (const one of known) series.set(one.id, one);
                frames.touch(known.map((one) => one.id).filter((id) => table.has(id)));
                return;
            } catch (error) {
                if (tries === TRIES) return live.reconnect((error as Error).message);
                await new Promise((done) => setTimeout(done, backoff(tries)));
            }
        }
    }

    live.start();
    return followed;
}

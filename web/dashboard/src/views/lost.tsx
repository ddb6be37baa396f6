import { useEffect, useState } from "preact/hooks";
import type { GapRecord } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatMoment, formatNumber, sentence } from "../lib/format.ts";
import { lostReason, lostText } from "../lib/lost.ts";
import { api, resumed } from "../state/app.ts";

const PAGE = 50;
const EVERY_MS = 30_000;
const LONG = 8 * 24 * 3_600_000;

function rangeText(gap: GapRecord): string {
    if (gap.from === null || gap.to === null) return t("lost.unknownRange");
    if (gap.from === gap.to) return formatMoment(gap.from, LONG);
    return t("device.range", { low: formatMoment(gap.from, LONG), high: formatMoment(gap.to, LONG) });
}

function LostRow({ gap }: { gap: GapRecord }) {
    return (
        <tr>
            <td class="lost-when" data-name={t("lost.when")}>
                <time dateTime={new Date(gap.at).toISOString()}>{formatMoment(gap.at, LONG)}</time>
            </td>
            <td class="lost-what">
                <b>{lostText(gap)}</b>
                {gap.series_count > 0 && (
                    <span>
                        {" "}
                        {t("lost.ofSeries", {
                            n: formatNumber(gap.series_count, 0),
                            count: gap.series_count,
                        })}
                    </span>
                )}
            </td>
            <td data-name={t("lost.range")}>{rangeText(gap)}</td>
            <td data-name={t("lost.why")}>{lostReason(gap)}</td>
        </tr>
    );
}

/** The newest page is read again now and then; older ones stay as they are. */
function useLost() {
    const [gaps, setGaps] = useState<GapRecord[] | null>(null);
    const [next, setNext] = useState<number | null>(null);
    const [trouble, setTrouble] = useState("");
    const fail = (error: unknown) => setTrouble((error as Error).message);
    useEffect(() => {
        const stop = new AbortController();
        const read = async () => {
            try {
                const page = await api.gaps(PAGE, null, stop.signal);
                setGaps((known) => {
                    const oldest = page.gaps.at(-1)?.id ?? 0;
                    const older = (known ?? []).filter((gap) => gap.id > 0 && gap.id < oldest);
                    if (older.length === 0) setNext(page.next);
                    return [...page.gaps, ...older];
                });
                setTrouble("");
            } catch (error) {
                if (!stop.signal.aborted) fail(error);
            }
        };
        void read();
        const timer = setInterval(() => void read(), EVERY_MS);
        return () => {
            clearInterval(timer);
            stop.abort();
        };
    }, [resumed.value]);
    const more = async () => {
        try {
            const page = await api.gaps(PAGE, next);
            setGaps((known) => [...(known ?? []), ...page.gaps]);
            setNext(page.next);
        } catch (error) {
            fail(error);
        }
    };
    return { gaps, next, trouble, more };
}

/** What was thinned, dropped and not sent, the newest first. */
export function Lost() {
    const { gaps, next, trouble, more } = useLost();
    return (
        <section aria-labelledby="lost-title">
            <h2 id="lost-title">{t("lost.title")}</h2>
            {trouble && (
                <p class="note alarm" role="status">
                    {t("lost.failed", { why: sentence(trouble) })}
                </p>
            )}
            {gaps?.length === 0 && <p class="lost-nothing">{t("lost.nothing")}</p>}
            {gaps !== null && gaps.length > 0 && (
                <table class="lost">
                    <thead>
                        <tr>
                            <th scope="col">{t("lost.when")}</th>
                            <th scope="col">{t("lost.what")}</th>
                            <th scope="col">{t("lost.range")}</th>
                            <th scope="col">{t("lost.why")}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {gaps.map((gap, n) => (
                            <LostRow key={gap.id || -n} gap={gap} />
                        ))}
                    </tbody>
                </table>
            )}
            {next !== null && (
                <button type="button" class="button" onClick={() => void more()}>
                    {t("lost.more")}
                </button>
            )}
        </section>
    );
}

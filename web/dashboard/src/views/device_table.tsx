import type { Line } from "../chart/options.ts";
import type { Track } from "../chart/track.ts";
import { t } from "../i18n/t.ts";
import { formatClock, formatMoment, formatNumber } from "../lib/format.ts";

const MOST = 200;
const DAY = 86_400_000;

interface Props {
    lines: readonly Line[];
    tracks: readonly Track[];
    from: number;
    to: number;
}

/** What the chart shows, as a table: the newest first, each moment that any of the series has. */
export function DeviceTable({ lines, tracks, from, to }: Props) {
    const moments = new Set<number>();
    const values = tracks.map((track) => {
        const own = new Map<number, number>();
        track.t.forEach((at, n) => {
            if (at < from || at > to) return;
            own.set(at, track.mean[n] as number);
            moments.add(at);
        });
        return own;
    });
    const all = [...moments].sort((a, b) => b - a);
    const write = (at: number) => (to - from > DAY ? formatMoment(at, to - from) : formatClock(at));
    return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must be scrolled by keys
        <section class="data-table" aria-label={t("device.table")} tabIndex={0}>
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t("device.time")}</th>
                        {lines.map((line) => (
                            <th scope="col" key={line.slot}>
                                {line.label} {line.unit}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {all.slice(0, MOST).map((at) => (
                        <tr key={at}>
                            <th scope="row">{write(at)}</th>
                            {lines.map((line, n) => {
                                const v = values[n]?.get(at);
                                return (
                                    <td key={line.slot}>
                                        {v === undefined ? "" : formatNumber(v, line.decimals)}
                                    </td>
                                );
                            })}
                        </tr>
                    ))}
                </tbody>
            </table>
            {all.length > MOST && (
                <p class="note">{t("device.tableMore", { n: formatNumber(all.length - MOST, 0) })}</p>
            )}
        </section>
    );
}

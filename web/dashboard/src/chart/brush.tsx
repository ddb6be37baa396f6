import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { formatMoment } from "../lib/format.ts";
import { linePath, type Point } from "../lib/path.ts";
import { api, clock } from "../state/app.ts";
import { gapsOf, type Track, trackFrom } from "./track.ts";

const REFRESH_MS = 5 * 60_000;
const HEIGHT = 56;

interface BrushProps {
    id: number;
    /** What the strip spans, up to the present. */
    span: number;
    from: number;
    to: number;
    left: number;
    width: number;
    onView: (from: number, to: number) => void;
}

function useOverview(id: number, span: number): { track: Track; at: number } | null {
    const [overview, set] = useState<{ track: Track; at: number } | null>(null);
    useEffect(() => {
        const request = new AbortController();
        const read = async () => {
            const at = clock.now();
            try {
                const history = await api.history([id], at - span, at, 300, request.signal);
                if (history.series[0])
                    set({ track: trackFrom(history.series[0], history.resolution_ms, 0), at });
            } catch {
                // The next turn may work; the chart above says what is wrong.
            }
        };
        void read();
        const timer = setInterval(read, REFRESH_MS);
        return () => {
            request.abort();
            clearInterval(timer);
        };
    }, [id, span]);
    return overview;
}

function path(track: Track, x: (at: number) => number): string {
    const low = Math.min(...track.mean);
    const high = Math.max(...track.mean);
    const ends = new Set(gapsOf(track).map(([, to]) => to));
    const points: (Point | null)[] = [];
    track.t.forEach((at, n) => {
        if (ends.has(at)) points.push(null);
        points.push([
            x(at),
            HEIGHT - 8 - (((track.mean[n] as number) - low) / (high - low || 1)) * (HEIGHT - 16),
        ]);
    });
    return linePath(points);
}

/** The long view under the chart, with a window over what the chart shows. The buttons above do the same without a mouse. */
export function Brush({ id, span, from, to, left, width, onView }: BrushProps) {
    const overview = useOverview(id, span);
    const grip = useRef<{ x: number; from: number; to: number; part: "window" | "left" | "right" } | null>(
        null,
    );
    const end = clock.now();
    const start = end - span;
    const x = (at: number) => ((at - start) / span) * width;
    const [a, b] = [Math.max(0, x(from)), Math.min(width, Math.max(x(to), x(from) + 3))];

    const down = (event: PointerEvent) => {
        const element = event.currentTarget as SVGSVGElement;
        const at = event.clientX - element.getBoundingClientRect().left;
        element.setPointerCapture(event.pointerId);
        const part = Math.abs(at - a) < 8 ? "left" : Math.abs(at - b) < 8 ? "right" : "window";
        grip.current = { x: event.clientX, from, to, part };
        if (part === "window" && (at < a || at > b)) {
            const middle = start + (at / width) * span;
            grip.current.from = middle - (to - from) / 2;
            grip.current.to = middle + (to - from) / 2;
            onView(grip.current.from, grip.current.to);
        }
    };
    const move = (event: PointerEvent) => {
        const held = grip.current;
        if (!held) return;
        const shift = ((event.clientX - held.x) / width) * span;
        const least = span / 400;
        if (held.part === "left") onView(Math.min(held.from + shift, held.to - least), held.to);
        else if (held.part === "right") onView(held.from, Math.max(held.to + shift, held.from + least));
        else onView(held.from + shift, held.to + shift);
    };
    const up = () => {
        grip.current = null;
    };

    return (
        <div class="brush" style={{ paddingLeft: `${left}px` }}>
            <svg
                width={width}
                height={HEIGHT}
                aria-hidden="true"
                onPointerDown={down}
                onPointerMove={move}
                onPointerUp={up}
                onPointerCancel={up}
            >
                <rect class="brush-back" x="0.5" y="0.5" width={Math.max(0, width - 1)} height={HEIGHT - 1} />
                <rect class="brush-window" x={a} y="1" width={Math.max(0, b - a)} height={HEIGHT - 2} />
                {overview && <path class="brush-line" d={path(overview.track, x)} />}
                <path class="brush-edge" d={`M${a} 0V${HEIGHT}M${b} 0V${HEIGHT}`} />
            </svg>
            <p class="brush-time" style={{ width: `${width}px` }}>
                {[0, 0.25, 0.5, 0.75, 1].map((share) => (
                    <span key={share}>
                        {formatMoment(start + share * span, span > 86_400_000 ? span : 3_600_000)}
                    </span>
                ))}
            </p>
            <p class="note wide brush-hint">
                {t("device.brush", { span: span > 86_400_000 ? t("range.7d") : t("range.24h") })}
            </p>
        </div>
    );
}

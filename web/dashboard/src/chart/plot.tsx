import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Loss } from "../lib/lost.ts";
import { theme } from "../state/settings.ts";
import { type LimitLine, type Line, plotOptions } from "./options.ts";
import { Tip } from "./tip.ts";
import { touch } from "./touch.ts";
import { align, type MarkedGap, type Track } from "./track.ts";
import { wheel } from "./wheel.ts";

export interface PlotProps {
    lines: readonly Line[];
    tracks: readonly Track[];
    /** What was lost of each track: its line breaks there. */
    losses: readonly (readonly Loss[])[];
    /** Limits that alarms watch, by the unit of their scale. */
    limits: readonly LimitLine[];
    gaps: readonly MarkedGap[];
    from: number;
    to: number;
    height: number;
    label: string;
    dim: boolean;
    onView: (from: number, to: number) => void;
    onWidth: (left: number, right: number, width: number) => void;
}

/** uPlot in an element: made anew when the lines or the colours change, otherwise only given data and a range. */
export function Plot(props: PlotProps) {
    const host = useRef<HTMLDivElement>(null);
    const plot = useRef<uPlot | null>(null);
    const latest = useRef(props);
    latest.current = props;
    const dark = useDark();
    const shape =
        props.lines.map((line) => `${line.slot}${line.label}${line.unit}`).join("|") + dark + theme.value;

    const draw = () => {
        const u = plot.current;
        const { tracks, losses, from, to } = latest.current;
        if (!u) return;
        u.batch(() => {
            u.setData(align(tracks, losses) as unknown as uPlot.AlignedData, false);
            u.setScale("x", { min: from, max: to });
        });
    };

    // The shape stands for the lines and the colours.
    useEffect(() => {
        const element = host.current as HTMLDivElement;
        const tip = new Tip();
        const { lines, height } = latest.current;
        const u = new uPlot(
            plotOptions(lines, element.clientWidth, height, {
                gaps: () => latest.current.gaps,
                limits: () => latest.current.limits,
                onSelect: (a, b) => latest.current.onView(a, b),
                onCursor: (self) => tip.show(self, latest.current.lines, latest.current.tracks),
            }),
            align(latest.current.tracks, latest.current.losses) as unknown as uPlot.AlignedData,
            element,
        );
        plot.current = u;
        tip.attach(u);
        const untouch = touch(u, (a, b) => latest.current.onView(a, b));
        const unwheel = wheel(u, (a, b) => latest.current.onView(a, b));
        const size = new ResizeObserver(() => {
            u.setSize({ width: element.clientWidth, height: latest.current.height });
            tell();
        });
        const tell = () => {
            const ratio = devicePixelRatio;
            const left = u.bbox.left / ratio;
            latest.current.onWidth(
                left,
                element.clientWidth - left - u.bbox.width / ratio,
                u.bbox.width / ratio,
            );
        };
        u.hooks["draw"] = [tell];
        size.observe(element);
        draw();
        return () => {
            size.disconnect();
            untouch();
            unwheel();
            u.destroy();
            plot.current = null;
        };
    }, [shape, props.height]);

    useEffect(draw);

    return <div ref={host} class={`plot ${props.dim ? "is-dim" : ""}`} role="img" aria-label={props.label} />;
}

function useDark(): boolean {
    return matchMedia("(prefers-color-scheme: dark)").matches;
}

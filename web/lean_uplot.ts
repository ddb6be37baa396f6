import type { Plugin } from "vite";

// uPlot is one closure, so that nothing falls out of it by itself. These parts are for charts that are not drawn here: curves,
// steps and bars, logarithmic scales, the joining of tables. uPlot's version is pinned; one that is built otherwise fails the build.
const UNUSED = [
    ["stepped", "bars", "splineInterp", "monotoneCubic", "_monotoneCubic"],
    ["rangeLog", "rangeAsinh", "logAxisSplits", "asinhAxisSplits", "log10AxisValsFilt", "log2AxisValsFilt"],
    ["snapLogY", "snapAsinhY", "join", "sortCols", "allHeadersSame", "isAsc", "nullExpand"],
].flat();

function without(code: string, name: string): string {
    const start = code.search(new RegExp(`^function ${name}\\(`, "m"));
    const end = code.indexOf("\n}\n", start);
    if (start < 0 || end < 0) throw new Error(`uPlot has no function ${name}: see lean_uplot.ts`);
    return `${code.slice(0, start)}function ${name}() {}\n${code.slice(end + 3)}`;
}

/** Leaves out of uPlot what no chart here uses: 3 KB of 22. */
export function leanUplot(): Plugin {
    return {
        name: "lean-uplot",
        transform(code, id) {
            return id.endsWith("/uPlot.esm.js") ? UNUSED.reduce(without, code) : null;
        },
    };
}

export type Point = readonly [x: number, y: number];

const short = (n: number): string => String(Math.round(n * 10) / 10);

/** An SVG path through the points; a `null` breaks the line. */
export function linePath(points: readonly (Point | null)[]): string {
    let path = "";
    let pen = "M";
    for (const point of points) {
        if (!point) {
            pen = "M";
            continue;
        }
        path += `${pen}${short(point[0])} ${short(point[1])}`;
        pen = "L";
    }
    return path;
}

// A canvas knows nothing of CSS variables: their colours are read through an element.

let probe: HTMLElement | null = null;

export function color(token: string): string {
    if (!probe) {
        probe = document.createElement("i");
        probe.hidden = true;
        document.body.append(probe);
    }
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
}

/** `rgb(a, b, c)` with less of it. */
export function faded(rgb: string, alpha: number): string {
    return rgb.replace(/^rgba?\(([^,]+),([^,]+),([^,)]+).*$/, `rgba($1,$2,$3,${alpha})`);
}

export const SERIES_DASH: (number[] | undefined)[] = [
    undefined,
    [6, 4],
    undefined,
    [2, 3],
    undefined,
    [8, 3, 2, 3],
];

export function seriesColor(n: number): string {
    return color(`series-${(n % 6) + 1}`);
}

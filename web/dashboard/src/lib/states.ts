/** States in which a thing rests: drawn as a thin line or pale, so that the others stand out. */
const RESTING = new Set([
    "false",
    "off",
    "closed",
    "no",
    "0",
    "idle",
    "ok",
    "clear",
    "none",
    "stopped",
    "standby",
    "auto",
    "normal",
]);

export function isResting(state: string): boolean {
    return RESTING.has(state.toLowerCase());
}

import { formatAge } from "./format.ts";

/** Nobody acts on what is further away: the rate of today says nothing of it. */
const LONGEST_S = 30 * 86_400;

/** In how long the buffer is full, where that is of use; null: not in sight. */
export function fullIn(seconds: number | null): string | null {
    return seconds === null || seconds > LONGEST_S ? null : formatAge(seconds * 1000);
}

const STEPS_MS = [500, 1000, 2000, 4000, 10000];

/** How long to wait before try number `attempt` (from 0): 0.5 to 10 s, ±30 % so that many pages do not come at once. */
export function backoff(attempt: number, random: () => number = Math.random): number {
    const step = STEPS_MS[Math.min(attempt, STEPS_MS.length - 1)] as number;
    return Math.round(step * (0.7 + 0.6 * random()));
}

import { useEffect, useState } from "preact/hooks";

const LONGEST_MS = 2000;

/**
 * Whether what comes first is there, or has kept us waiting for too long; once true it stays so. What stands below is shown
 * from then on, so that it is not pushed down while it is read.
 */
export function useSettled(done: boolean): boolean {
    const [settled, set] = useState(done);
    useEffect(() => {
        if (settled) return;
        if (done) return set(true);
        const timer = setTimeout(() => set(true), LONGEST_MS);
        return () => clearTimeout(timer);
    }, [done, settled]);
    return settled || done;
}

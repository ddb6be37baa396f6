import { computed, signal } from "@preact/signals";
import { Accounts, ApiError, type Role, type Session } from "../../../client/src/index.ts";
import { api, onStranger, startLive, stopLive } from "./app.ts";

export const accounts = new Accounts((method, path, body, signal) => api.ask(method, path, body, signal));

/** Who looks at the page; null until the gateway has said. */
export const session = signal<Session | null>(null);

const RANK: Record<Role, number> = { none: 0, viewer: 1, operator: 2, admin: 3 };

/** Whether the one who looks may do what takes this role. */
export function may(role: Role): boolean {
    return RANK[session.value?.role ?? "viewer"] >= RANK[role];
}

/** The page is for somebody who is known; the other two are for everybody. */
export const stage = computed<"page" | "login" | "setup">(() => {
    const here = session.value;
    if (here?.role !== "none") return "page";
    return here.claimed ? "login" : "setup";
});

const AGAIN_MS = 3000;
const OPEN: Session = {
    accounts: false,
    claimed: true,
    name: "",
    role: "admin",
    by: "open",
    read: ["#"],
    write: ["#"],
    expires: null,
};

export function welcomeBack(to: Session): void {
    session.value = to;
    if (to.role === "none") stopLive();
    else startLive();
}

let reading = false;
export async function readSession(): Promise<void> {
    if (reading) return;
    reading = true;
    try {
        welcomeBack(await accounts.session());
    } catch (error) {
        // A gateway of before accounts: everybody may everything.
        if (error instanceof ApiError && error.status === 404) welcomeBack(OPEN);
        else setTimeout(() => void readSession(), AGAIN_MS);
    }
    reading = false;
}

export async function logout(): Promise<void> {
    await accounts.logout();
    // Nothing of what was shown may stay behind.
    location.reload();
}

export function followSession(): void {
    onStranger(() => void readSession());
    void readSession();
}

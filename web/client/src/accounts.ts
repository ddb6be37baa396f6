// Who asks, and who may: the part of the API that is about accounts (docs/api.md, "Who may ask").

export type Role = "none" | "viewer" | "operator" | "admin";

export interface Session {
    accounts: boolean;
    claimed: boolean;
    name: string;
    role: Role;
    by: string;
    read: string[];
    write: string[];
    expires: number | null;
}

export interface User {
    name: string;
    role: Role;
    read: string[];
    write: string[];
    created: number;
    last_login: number | null;
    sessions: number;
}

export interface Token {
    id: string;
    name: string;
    role: Role;
    read: string[];
    write: string[];
    created: number;
    by: string;
    expires: number | null;
    last_used: number | null;
    /** Only in the answer to its making. */
    token?: string;
}

export interface AuditEntry {
    id: number;
    at: number;
    who: string;
    from: string;
    what: string;
    on: string;
    result: "ok" | "refused" | "throttled";
    detail: string;
}

/** How a request is made: by `Api`, which knows where to. */
export type Ask = <T>(method: string, path: string, body?: object, signal?: AbortSignal) => Promise<T>;

/** Everything about accounts, by way of `Api.ask`. */
export class Accounts {
    constructor(private readonly ask: Ask) {}

    session(): Promise<Session> {
        return this.ask("GET", "session");
    }
    login(user: string, password: string): Promise<Session> {
        return this.ask("POST", "session", { user, password });
    }
    logout(): Promise<void> {
        return this.ask("DELETE", "session");
    }
    changePassword(password: string, to: string): Promise<void> {
        return this.ask("POST", "session/password", { password, new: to });
    }
    claim(code: string, user: string, password: string): Promise<Session> {
        return this.ask("POST", "setup", { code, user, password });
    }
    users(signal?: AbortSignal): Promise<{ users: User[] }> {
        return this.ask("GET", "users", undefined, signal);
    }
    addUser(name: string, password: string, role: Role): Promise<User> {
        return this.ask("POST", "users", { name, password, role });
    }
    changeUser(name: string, change: { role?: Role; password?: string }): Promise<User> {
        return this.ask("PATCH", `users/${encodeURIComponent(name)}`, change);
    }
    removeUser(name: string): Promise<void> {
        return this.ask("DELETE", `users/${encodeURIComponent(name)}`);
    }
    tokens(signal?: AbortSignal): Promise<{ tokens: Token[] }> {
        return this.ask("GET", "tokens", undefined, signal);
    }
    addToken(name: string, role: Role, expires_in_s: number | null): Promise<Token> {
        return this.ask("POST", "tokens", { name, role, ...(expires_in_s ? { expires_in_s } : {}) });
    }
    removeToken(id: string): Promise<void> {
        return this.ask("DELETE", `tokens/${encodeURIComponent(id)}`);
    }
    audit(limit: number, signal?: AbortSignal): Promise<{ audit: AuditEntry[] }> {
        return this.ask("GET", `audit?limit=${limit}`, undefined, signal);
    }
}

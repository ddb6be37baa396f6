// Accounts of the stand-in gateway: open, with a login (anna, any password of 12 characters), or unclaimed.
const DAY = 86_400_000;

export function makeAccounts(scenario) {
    const now = Date.now();
    let claimed = scenario !== "setup";
    let who = scenario === "accounts" ? "anna" : "";
    const users = [
        ["anna", "admin", now - 3600e3],
        ["m.ortiz", "operator", now - 5 * DAY],
        ["wall", "viewer", null],
    ].map(([name, role, last_login]) => ({
        name,
        role,
        read: ["#"],
        write: ["#"],
        created: now - 90 * DAY,
        last_login,
        sessions: last_login ? 1 : 0,
    }));
    const tokens = [
        {
            id: "k3v9x2ab",
            name: "grafana",
            role: "viewer",
            read: ["plant2/#"],
            write: [],
            created: now - 30 * DAY,
            by: "anna",
            expires: null,
            last_used: now - 20 * 60e3,
        },
    ];
    const open = !["accounts", "login", "setup"].includes(scenario);
    const session = () =>
        open
            ? {
                  accounts: false,
                  claimed: true,
                  name: "",
                  role: "admin",
                  by: "open",
                  read: ["#"],
                  write: ["#"],
                  expires: null,
              }
            : {
                  accounts: true,
                  claimed,
                  name: who,
                  role: users.find((user) => user.name === who)?.role ?? "none",
                  by: who ? "session" : "nothing",
                  read: who ? ["#"] : [],
                  write: who ? ["#"] : [],
                  expires: null,
              };
    const audit = () => [
        {
            id: 3,
            at: now - 3600e3,
            who: "anna",
            by: "session",
            from: "192.0.2.7",
            what: "login",
            on: "",
            result: "ok",
            detail: "",
        },
        {
            id: 2,
            at: now - 2 * 3600e3,
            who: "m.ortiz",
            by: "session",
            from: "192.0.2.9",
            what: "acknowledge",
            on: "warm 41",
            result: "ok",
            detail: "",
        },
        {
            id: 1,
            at: now - DAY,
            who: "",
            by: "nothing",
            from: "198.51.100.4",
            what: "login",
            on: "anna",
            result: "refused",
            detail: "",
        },
    ];

    /** The answer to a request, or null: it is not about accounts. [status, body] */
    return (method, path, body) => {
        const [, name, id] = /^\/api\/v1\/([a-z]+)(?:\/(.*))?$/.exec(path) ?? [];
        if (name === "session" && method === "GET") return [200, session()];
        if (name === "session" && method === "POST" && !id) {
            if (!users.some((user) => user.name === body.user) || body.password.length < 12)
                return [401, { detail: "User or password is wrong." }];
            who = body.user;
            return [200, session()];
        }
        if (name === "session" && method === "POST") return [204];
        if (name === "session" && method === "DELETE") {
            who = "";
            return [204];
        }
        if (name === "setup" && method === "POST") {
            if (body.code !== "tide-gate") return [403, { detail: "The code is wrong or too old." }];
            claimed = true;
            who = users[0].name;
            return [201, session()];
        }
        if (name === "users" && method === "GET") return [200, { users }];
        if (name === "users" && method === "POST") {
            users.push({ ...body, read: ["#"], write: ["#"], created: now, last_login: null, sessions: 0 });
            return [201, users.at(-1)];
        }
        if (name === "users") {
            const at = users.findIndex((user) => user.name === decodeURIComponent(id));
            if (method === "DELETE") users.splice(at, 1);
            else Object.assign(users[at], body);
            return method === "DELETE" ? [204] : [200, users[at]];
        }
        if (name === "tokens" && method === "GET") return [200, { tokens }];
        if (name === "tokens" && method === "POST") {
            const token = {
                id: "n3w0t0k3",
                read: ["#"],
                write: [],
                created: now,
                by: who,
                expires: null,
                last_used: null,
                ...body,
            };
            tokens.push(token);
            return [201, { ...token, token: "tg_made-up" }];
        }
        if (name === "tokens") {
            tokens.splice(
                tokens.findIndex((token) => token.id === id),
                1,
            );
            return [204];
        }
        if (name === "audit") return [200, { audit: audit(), next: null }];
        return null;
    };
}

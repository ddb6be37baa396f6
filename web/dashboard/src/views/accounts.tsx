import { useEffect, useState } from "preact/hooks";
import type { AuditEntry, Role, Token, User } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatMoment, formatNumber, sentence } from "../lib/format.ts";
import { accounts, session } from "../state/session.ts";
import { Listing } from "../ui/listing.tsx";
import { Field, Form } from "./entry.tsx";

const LONG = 8 * 24 * 3_600_000;
const ROLES = ["viewer", "operator", "admin"] as const;
const DAY_S = 86_400;

/** A list that is read when it is looked at, and again after each change. */
function useList<T>(read: (stop: AbortSignal) => Promise<T[]>) {
    const [list, set] = useState<T[]>([]);
    const [trouble, setTrouble] = useState("");
    const [turn, setTurn] = useState(0);
    useEffect(() => {
        const stop = new AbortController();
        read(stop.signal).then(set, (error: Error) => {
            if (!stop.signal.aborted) setTrouble(error.message);
        });
        return () => stop.abort();
    }, [turn]);
    const change = async (doing: Promise<unknown>) => {
        try {
            await doing;
            setTrouble("");
        } catch (error) {
            setTrouble((error as Error).message);
        }
        setTurn((n) => n + 1);
    };
    return { list, trouble, change, again: () => setTurn((n) => n + 1) };
}

function Trouble({ text }: { text: string }) {
    return (
        <p class="note alarm" role="alert">
            {text && sentence(text)}
        </p>
    );
}

function Roles() {
    return (
        <>
            {ROLES.map((role) => (
                <option key={role} value={role}>
                    {t(`role.${role}`)}
                </option>
            ))}
        </>
    );
}

function NewRole() {
    return (
        <label>
            {t("account.role")}
            <select name="role">
                <Roles />
            </select>
        </label>
    );
}

function RoleSelect({ value, name, onPick }: { value: Role; name: string; onPick: (role: Role) => void }) {
    return (
        <select
            aria-label={t("account.roleOf", { name })}
            value={value}
            onChange={(event) => onPick(event.currentTarget.value as Role)}
        >
            <Roles />
        </select>
    );
}

/** Asks once more in its own place before something goes. */
function Remove({ name, onSure }: { name: string; onSure: () => void }) {
    const [asking, setAsking] = useState(false);
    return (
        <button
            type="button"
            class={asking ? "button strong" : "button"}
            aria-label={t(asking ? "account.sureOf" : "account.removeOf", { name })}
            onClick={() => (asking ? onSure() : setAsking(true))}
            onBlur={() => setAsking(false)}
        >
            {t(asking ? "account.sure" : "account.remove")}
        </button>
    );
}

const when = (at: number | null): string => (at === null ? t("age.never") : formatMoment(at, LONG));

export function Users() {
    const { list, trouble, change, again } = useList<User>(
        async (stop) => (await accounts.users(stop)).users,
    );
    return (
        <section aria-labelledby="set-users">
            <h2 id="set-users">{t("users.title")}</h2>
            <Listing
                list={list}
                keyOf={(user) => user.name}
                columns={[
                    { name: t("account.user"), cell: (user) => <b>{user.name}</b> },
                    {
                        name: t("account.role"),
                        cell: ({ name, role }) => (
                            <RoleSelect
                                value={role}
                                name={name}
                                onPick={(picked) => void change(accounts.changeUser(name, { role: picked }))}
                            />
                        ),
                    },
                    { name: t("users.seen"), cell: (user) => when(user.last_login) },
                    { name: t("users.sessions"), cell: (user) => formatNumber(user.sessions, 0) },
                    {
                        name: t("account.remove"),
                        quiet: true,
                        cell: ({ name }) =>
                            name !== session.value?.name && (
                                <Remove name={name} onSure={() => void change(accounts.removeUser(name))} />
                            ),
                    },
                ]}
            />
            <Trouble text={trouble} />
            <details class="more">
                <summary>{t("users.add")}</summary>
                <Form
                    button={t("users.add")}
                    act={async (said) => {
                        await accounts.addUser(said("name"), said("password"), said("role") as Role);
                        again();
                    }}
                >
                    <Field name="name" label={t("account.user")} note={t("users.nameNote")} />
                    <Field
                        name="password"
                        label={t("account.password")}
                        note={t("account.passwordNote")}
                        type="password"
                        complete="new-password"
                        least={12}
                    />
                    <NewRole />
                </Form>
            </details>
        </section>
    );
}

function NewToken({ token }: { token: Token }) {
    return (
        <p role="status" class="new-token">
            {t("tokens.once")} <code>{token.token}</code>
        </p>
    );
}

export function Tokens() {
    const { list, trouble, change, again } = useList<Token>(
        async (stop) => (await accounts.tokens(stop)).tokens,
    );
    const [made, setMade] = useState<Token | null>(null);
    return (
        <section aria-labelledby="set-tokens">
            <h2 id="set-tokens">{t("tokens.title")}</h2>
            {list.length === 0 && <p class="note">{t("tokens.none")}</p>}
            {list.length > 0 && (
                <Listing
                    list={list}
                    keyOf={(token) => token.id}
                    columns={[
                        {
                            name: t("tokens.name"),
                            cell: (token) => (
                                <>
                                    <b>{token.name}</b> <span>{token.id}</span>
                                </>
                            ),
                        },
                        { name: t("account.role"), cell: (token) => t(`role.${token.role}`) },
                        { name: t("tokens.used"), cell: (token) => when(token.last_used) },
                        { name: t("tokens.ends"), cell: (token) => when(token.expires) },
                        {
                            name: t("account.remove"),
                            quiet: true,
                            cell: ({ name, id }) => (
                                <Remove name={name} onSure={() => void change(accounts.removeToken(id))} />
                            ),
                        },
                    ]}
                />
            )}
            <Trouble text={trouble} />
            {made && <NewToken token={made} />}
            <details class="more">
                <summary>{t("tokens.add")}</summary>
                <Form
                    button={t("tokens.add")}
                    act={async (said) => {
                        const days = Number(said("days"));
                        const ends = days > 0 ? days * DAY_S : null;
                        setMade(await accounts.addToken(said("name"), said("role") as Role, ends));
                        again();
                    }}
                >
                    <Field name="name" label={t("tokens.name")} />
                    <NewRole />
                    <label>
                        {t("tokens.days")}
                        <input name="days" type="number" min="1" max="3650" />
                    </label>
                </Form>
            </details>
        </section>
    );
}

const AUDIT = 50;

export function AuditList() {
    const { list, trouble } = useList<AuditEntry>(async (stop) => (await accounts.audit(AUDIT, stop)).audit);
    return (
        <section aria-labelledby="set-audit">
            <h2 id="set-audit">{t("audit.title")}</h2>
            <Trouble text={trouble} />
            <Listing
                list={list}
                keyOf={(one) => one.id}
                columns={[
                    {
                        name: t("lost.what"),
                        cell: (one) => (
                            <>
                                <b>{one.what.replaceAll("_", " ")}</b> <span>{one.on}</span>
                            </>
                        ),
                    },
                    { name: t("lost.when"), cell: (one) => formatMoment(one.at, LONG) },
                    { name: t("audit.who"), cell: (one) => one.who || "\u2014" },
                    { name: t("audit.from"), cell: (one) => one.from },
                    {
                        name: t("audit.result"),
                        alarm: (one) => one.result !== "ok",
                        cell: (one) => `${one.result} ${one.detail}`,
                    },
                ]}
            />
        </section>
    );
}

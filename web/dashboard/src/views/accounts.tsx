import { useEffect, useState } from "preact/hooks";
import type { AuditEntry, Role, Token, User } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatMoment, formatNumber, sentence } from "../lib/format.ts";
import { accounts, session } from "../state/session.ts";
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

function RoleSelect({ value, name, onPick }: { value: Role; name: string; onPick?: (role: Role) => void }) {
    return (
        <select
            name="role"
            aria-label={t("account.roleOf", { name })}
            value={value}
            onChange={(event) => onPick?.(event.currentTarget.value as Role)}
        >
            {ROLES.map((role) => (
                <option key={role} value={role}>
                    {t(`role.${role}`)}
                </option>
            ))}
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
            <table class="lost">
                <thead>
                    <tr>
                        <th scope="col">{t("account.user")}</th>
                        <th scope="col">{t("account.role")}</th>
                        <th scope="col">{t("users.seen")}</th>
                        <th scope="col">{t("users.sessions")}</th>
                        <th scope="col">
                            <span class="sr">{t("account.remove")}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {list.map((user) => (
                        <tr key={user.name}>
                            <td class="lost-what">
                                <b>{user.name}</b>
                            </td>
                            <td data-name={t("account.role")}>
                                <RoleSelect
                                    value={user.role}
                                    name={user.name}
                                    onPick={(role) => void change(accounts.changeUser(user.name, { role }))}
                                />
                            </td>
                            <td data-name={t("users.seen")}>{when(user.last_login)}</td>
                            <td data-name={t("users.sessions")}>{formatNumber(user.sessions, 0)}</td>
                            <td>
                                {user.name !== session.value?.name && (
                                    <Remove
                                        name={user.name}
                                        onSure={() => void change(accounts.removeUser(user.name))}
                                    />
                                )}
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
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
                    <RoleSelect value="viewer" name={t("users.new")} />
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
                <table class="lost">
                    <thead>
                        <tr>
                            <th scope="col">{t("tokens.name")}</th>
                            <th scope="col">{t("account.role")}</th>
                            <th scope="col">{t("tokens.used")}</th>
                            <th scope="col">{t("tokens.ends")}</th>
                            <th scope="col">
                                <span class="sr">{t("account.remove")}</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        {list.map((token) => (
                            <tr key={token.id}>
                                <td class="lost-what">
                                    <b>{token.name}</b> <span>{token.id}</span>
                                </td>
                                <td data-name={t("account.role")}>{t(`role.${token.role}`)}</td>
                                <td data-name={t("tokens.used")}>{when(token.last_used)}</td>
                                <td data-name={t("tokens.ends")}>{when(token.expires)}</td>
                                <td>
                                    <Remove
                                        name={token.name}
                                        onSure={() => void change(accounts.removeToken(token.id))}
                                    />
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
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
                    <RoleSelect value="viewer" name={t("tokens.new")} />
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
            <table class="lost">
                <thead>
                    <tr>
                        <th scope="col">{t("lost.what")}</th>
                        <th scope="col">{t("lost.when")}</th>
                        <th scope="col">{t("audit.who")}</th>
                        <th scope="col">{t("audit.from")}</th>
                        <th scope="col">{t("audit.result")}</th>
                    </tr>
                </thead>
                <tbody>
                    {list.map((one) => (
                        <tr key={one.id}>
                            <td class="lost-what">
                                <b>{one.what.replaceAll("_", " ")}</b> <span>{one.on}</span>
                            </td>
                            <td data-name={t("lost.when")}>{formatMoment(one.at, LONG)}</td>
                            <td data-name={t("audit.who")}>{one.who || "\u2014"}</td>
                            <td data-name={t("audit.from")}>{one.from}</td>
                            <td data-name={t("audit.result")} class={one.result === "ok" ? "" : "alarm"}>
                                {one.result} {one.detail}
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </section>
    );
}

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Session } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { sentence } from "../lib/format.ts";
import { accounts, stage, welcomeBack } from "../state/session.ts";
import { Mark } from "../ui/glyph.tsx";

interface FieldProps {
    name: string;
    label: string;
    note?: string;
    type?: "text" | "password";
    complete?: string;
    least?: number;
}

export function Field({ name, label, note, type = "text", complete = "off", least }: FieldProps) {
    const noteId = `${name}-note`;
    return (
        <label>
            {label}
            <input
                name={name}
                type={type as "text"}
                autocomplete={complete as "off"}
                required
                {...(least ? { minLength: least } : {})}
                {...(note ? { "aria-describedby": noteId } : {})}
                autocapitalize="none"
                spellcheck={false}
            />
            {note && (
                <span class="note" id={noteId}>
                    {note}
                </span>
            )}
        </label>
    );
}

interface FormProps {
    button: string;
    act: (said: (name: string) => string) => Promise<void>;
    children: ComponentChildren;
}

/** A form that says under its button what went wrong, and is busy while it asks. */
export function Form({ button, act, children }: FormProps) {
    const [busy, setBusy] = useState(false);
    const [trouble, setTrouble] = useState("");
    const submit = async (event: SubmitEvent) => {
        event.preventDefault();
        const form = event.currentTarget as HTMLFormElement;
        const data = new FormData(form);
        setBusy(true);
        setTrouble("");
        try {
            await act((name) => String(data.get(name) ?? ""));
            form.reset();
        } catch (error) {
            setTrouble((error as Error).message);
        }
        setBusy(false);
    };
    return (
        <form class="stacked" onSubmit={(event) => void submit(event)}>
            {children}
            <button type="submit" class="button strong" disabled={busy}>
                {button}
            </button>
            <p class="note alarm" role="alert">
                {trouble && sentence(trouble)}
            </p>
        </form>
    );
}

/** Where a stranger stands: to log in, or to claim a gateway that belongs to nobody yet. */
export function Entry() {
    const enter = async (asked: Promise<Session>) => welcomeBack(await asked);
    return (
        <main class="entry" id="main">
            <p class="brand">
                <Mark />
                <span class="wordmark">tidegate</span>
            </p>
            {stage.value === "setup" ? (
                <>
                    <h1>{t("setup.title")}</h1>
                    <p>{t("setup.text")}</p>
                    <pre>journalctl -u tidegate | grep setup_code</pre>
                    <Form
                        button={t("setup.claim")}
                        act={(said) =>
                            enter(accounts.claim(said("code").trim(), said("user"), said("password")))
                        }
                    >
                        <Field name="code" label={t("setup.code")} />
                        <Field name="user" label={t("account.user")} complete="username" />
                        <Field
                            name="password"
                            label={t("account.password")}
                            note={t("account.passwordNote")}
                            type="password"
                            complete="new-password"
                            least={12}
                        />
                    </Form>
                </>
            ) : (
                <>
                    <h1>{t("login.title")}</h1>
                    <Form
                        button={t("login.enter")}
                        act={(said) => enter(accounts.login(said("user"), said("password")))}
                    >
                        <Field name="user" label={t("account.user")} complete="username" />
                        <Field
                            name="password"
                            label={t("account.password")}
                            type="password"
                            complete="current-password"
                        />
                    </Form>
                    <p class="note">{t("login.forgotten")}</p>
                </>
            )}
        </main>
    );
}

import { useEffect, useState } from "preact/hooks";
import type { Trial } from "../../../client/src/index.ts";
import { type Key, t } from "../i18n/t.ts";
import { formatValue, sentence } from "../lib/format.ts";
import { UNIT_CHOICES, type UnitKind } from "../lib/units.ts";
import { zoneName } from "../lib/zone.ts";
import { api } from "../state/app.ts";
import { gateway } from "../state/link.ts";
import { accounts, logout, may, session } from "../state/session.ts";
import { letters, units, type Zone, zone } from "../state/settings.ts";
import { ThemeChoice } from "../ui/display.tsx";
import { AuditList, Tokens, Users } from "./accounts.tsx";
import { Field, Form } from "./entry.tsx";

function Section({ id, title, children }: { id: string; title: string; children: preact.ComponentChildren }) {
    return (
        <section aria-labelledby={id}>
            <h2 id={id}>{title}</h2>
            {children}
        </section>
    );
}

function Account() {
    const here = session.value;
    const [done, setDone] = useState(false);
    if (!here) return null;
    if (!here.accounts) return <p class="note">{t("account.open")}</p>;
    return (
        <>
            <p>
                {t("account.who", { name: here.name, role: t(`role.${here.role}`) })}{" "}
                <button type="button" class="button" onClick={() => void logout()}>
                    {t("account.logout")}
                </button>
            </p>
            <details class="more">
                <summary>{t("account.change")}</summary>
                <Form
                    button={t("account.change")}
                    act={async (said) => {
                        await accounts.changePassword(said("password"), said("new"));
                        setDone(true);
                    }}
                >
                    <input
                        type="text"
                        name="username"
                        value={here.name}
                        autocomplete="username"
                        readOnly
                        hidden
                    />
                    <Field
                        name="password"
                        label={t("account.present")}
                        type="password"
                        complete="current-password"
                    />
                    <Field
                        name="new"
                        label={t("account.new")}
                        note={t("account.passwordNote")}
                        type="password"
                        complete="new-password"
                        least={12}
                    />
                </Form>
                <p class="note" role="status">
                    {done && t("account.changed")}
                </p>
            </details>
        </>
    );
}

const ZONES: [Zone, Key][] = [
    ["browser", "zone.browser"],
    ["gateway", "zone.gateway"],
    ["utc", "zone.utc"],
];

/** A unit changes every text and every line, so the page starts again. */
function chooseUnit(kind: UnitKind, unit: string): void {
    units[kind].value = unit;
    location.reload();
}

function Display() {
    return (
        <div class="settings-grid">
            <ThemeChoice />
            <label>
                {t("zone.title")}
                <select
                    value={zone.value}
                    onChange={(event) => {
                        zone.value = event.currentTarget.value as Zone;
                        location.reload();
                    }}
                >
                    {ZONES.map(([value, key]) => (
                        <option key={value} value={value}>
                            {t(key, { zone: gateway.value?.zone || "?" })}
                        </option>
                    ))}
                </select>
                <span class="note">{t("zone.now", { zone: zoneName() })}</span>
            </label>
            {(Object.keys(UNIT_CHOICES) as UnitKind[]).map((kind) => (
                <label key={kind}>
                    {t(`unit.${kind}`)}
                    <select
                        value={units[kind].value}
                        onChange={(event) => chooseUnit(kind, event.currentTarget.value)}
                    >
                        {UNIT_CHOICES[kind].map((unit) => (
                            <option key={unit} value={unit}>
                                {unit || t("unit.asSent")}
                            </option>
                        ))}
                    </select>
                </label>
            ))}
            <label class="check">
                <input
                    type="checkbox"
                    checked={letters.value === "on"}
                    onChange={(event) => {
                        letters.value = event.currentTarget.checked ? "on" : "off";
                    }}
                />
                {t("settings.letters")}
            </label>
            <p class="note">
                {t("settings.wall")} <a href="#/wall?views=overview,alarms,gateway&every=20">#/wall</a>
            </p>
        </div>
    );
}

function TrialResult({ trial }: { trial: Trial }) {
    return (
        <div role="status">
            <p class={trial.reason ? "alarm" : ""}>{sentence(trial.what)}</p>
            {trial.asks.map((ask) => (
                <p class="note" key={ask}>
                    {sentence(ask)}
                </p>
            ))}
            {trial.readings.length > 0 && (
                <table class="lost">
                    <thead>
                        <tr>
                            <th scope="col">{t("trial.field")}</th>
                            <th scope="col">{t("table.device")}</th>
                            <th scope="col">{t("trial.value")}</th>
                            <th scope="col">{t("table.unit")}</th>
                            <th scope="col">{t("trial.rules")}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {trial.readings.map((one) => (
                            <tr key={one.field + one.device}>
                                <td class="lost-what">
                                    <code>{one.field || "\u2014"}</code>
                                </td>
                                <td data-name={t("table.device")}>{one.device}</td>
                                <td data-name={t("trial.value")}>
                                    {typeof one.value === "number"
                                        ? String(one.value)
                                        : formatValue(one.value, 0)}
                                </td>
                                <td data-name={t("table.unit")}>{one.unit}</td>
                                <td data-name={t("trial.rules")}>{one.rule?.join(", ") ?? ""}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            )}
        </div>
    );
}

/** What the gateway would make of a payload, without anything being stored or sent. */
function TestPayload() {
    const [trial, setTrial] = useState<Trial | null>(null);
    const [topic, setTopic] = useState("");
    const [payload, setPayload] = useState("");
    const [trouble, setTrouble] = useState("");
    const submit = (event: SubmitEvent) => {
        event.preventDefault();
        api.decode(topic.trim(), payload, false).then(
            (said) => {
                setTrial(said);
                setTrouble("");
            },
            (error: Error) => setTrouble(error.message),
        );
    };
    return (
        <>
            <p class="note">{t("trial.text")}</p>
            <form class="stacked" onSubmit={submit}>
                <label>
                    {t("table.topic")}
                    <input
                        name="topic"
                        required
                        spellcheck={false}
                        placeholder="tele/kitchen/SENSOR"
                        value={topic}
                        onInput={(event) => setTopic(event.currentTarget.value)}
                    />
                </label>
                <label>
                    {t("command.payload")}
                    <textarea
                        name="payload"
                        spellcheck={false}
                        placeholder={'{"AM2301":{"Temperature":21.4}}'}
                        value={payload}
                        onInput={(event) => setPayload(event.currentTarget.value)}
                    />
                </label>
                <button type="submit" class="button strong">
                    {t("trial.try")}
                </button>
            </form>
            {trouble && (
                <p class="note alarm" role="alert">
                    {sentence(trouble)}
                </p>
            )}
            {trial && <TrialResult trial={trial} />}
        </>
    );
}

function Configuration() {
    const [text, setText] = useState<string | null>(null);
    const [trouble, setTrouble] = useState("");
    useEffect(() => {
        const stop = new AbortController();
        api.configuration(stop.signal).then(
            (said) => setText(said.toml),
            (error: Error) => {
                if (!stop.signal.aborted) setTrouble(error.message);
            },
        );
        return () => stop.abort();
    }, []);
    if (trouble) return <p class="note alarm">{sentence(trouble)}</p>;
    return (
        <>
            <p class="note">{t("settings.configurationText")}</p>
            <textarea
                class="configuration"
                readOnly
                spellcheck={false}
                aria-label={t("settings.configuration")}
                value={text ?? ""}
            />
        </>
    );
}

export function Settings() {
    const managed = session.value?.accounts === true && may("admin");
    return (
        <div class="settings-page">
            <h1>{t("nav.settings")}</h1>
            <Section id="set-account" title={t("account.title")}>
                <Account />
            </Section>
            <Section id="set-display" title={t("menu.display")}>
                <Display />
            </Section>
            {managed && <Users />}
            {managed && <Tokens />}
            <Section id="set-trial" title={t("trial.title")}>
                <TestPayload />
            </Section>
            {may("admin") && (
                <Section id="set-configuration" title={t("settings.configuration")}>
                    <Configuration />
                </Section>
            )}
            {managed && <AuditList />}
        </div>
    );
}

import type { ComponentChildren } from "preact";
import { type Key, type Language, t } from "../i18n/t.ts";
import { chooseLanguage, language, type Theme, theme } from "../state/settings.ts";

function Choice({ name, legend, children }: { name: string; legend: string; children: ComponentChildren }) {
    return (
        <fieldset class="choice" name={name}>
            <legend>{legend}</legend>
            {children}
        </fieldset>
    );
}

function Radio(props: { name: string; checked: boolean; label: string; lang?: string; onPick: () => void }) {
    return (
        <label lang={props.lang}>
            <input type="radio" name={props.name} checked={props.checked} onChange={props.onPick} />
            {props.label}
        </label>
    );
}

const THEMES: [Theme, Key][] = [
    ["system", "menu.system"],
    ["light", "menu.light"],
    ["dark", "menu.dark"],
];
const LANGUAGES: [Language, string][] = [
    ["en", "English"],
    ["de", "Deutsch"],
];

/** Colours and language; `scope` keeps the groups apart where they are on the page twice. */
export function ThemeChoice({ scope = "set" }: { scope?: string }) {
    return (
        <>
            <Choice name={`${scope}-theme`} legend={t("menu.theme")}>
                {THEMES.map(([key, label]) => (
                    <Radio
                        key={key}
                        name={`${scope}-theme`}
                        label={t(label)}
                        checked={theme.value === key}
                        onPick={() => {
                            theme.value = key;
                        }}
                    />
                ))}
            </Choice>
            <Choice name={`${scope}-language`} legend={t("menu.language")}>
                {LANGUAGES.map(([key, label]) => (
                    <Radio
                        key={key}
                        name={`${scope}-language`}
                        label={label}
                        lang={key}
                        checked={language.value === key}
                        onPick={() => chooseLanguage(key)}
                    />
                ))}
            </Choice>
        </>
    );
}

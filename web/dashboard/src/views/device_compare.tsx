import { useState } from "preact/hooks";
import type { Series } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { catalogue, catalogueVersion } from "../state/app.ts";
import { compareNatural, deviceLabel, isAlarmSeries, matches, metricLabel } from "../state/catalogue.ts";
import { unitOf } from "../state/shown.ts";
import { Block } from "../ui/block.tsx";

const MOST = 8;

interface Props {
    device: string;
    chosen: readonly number[];
    full: boolean;
    unit: string;
    onToggle: (id: number) => void;
}

/** Series of other devices beside those of this one: the same unit first, for they share its scale. */
export function Compare({ device, chosen, full, unit, onToggle }: Props) {
    const [text, setText] = useState("");
    void catalogueVersion.value;
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const far = (s: Series) => (unitOf(s) === unit ? 0 : 1);
    const found = catalogue.byId
        .filter((s) => s && s.device !== device && !isAlarmSeries(s) && !chosen.includes(s.id))
        .filter((s) => words.length > 0 && matches(s, words))
        .sort((a, b) => far(a) - far(b) || compareNatural(a.device, b.device))
        .slice(0, MOST);
    const others = chosen.flatMap((id) => {
        const s = catalogue.byId[id];
        return s && s.device !== device ? [s] : [];
    });
    return (
        <Block title={t("compare.title")}>
            <ul class="compare">
                {others.map((s) => (
                    <li key={s.id}>
                        <span>
                            <b>{deviceLabel(s.device)}</b> {metricLabel(s.name)}
                        </span>
                        <button
                            type="button"
                            class="link-button"
                            aria-label={t("compare.remove", { name: `${s.device} ${s.name}` })}
                            onClick={() => onToggle(s.id)}
                        >
                            {t("compare.off")}
                        </button>
                    </li>
                ))}
            </ul>
            <label class="filter">
                <span class="sr">{t("compare.find")}</span>
                <input
                    type="search"
                    autocomplete="off"
                    placeholder={t(full ? "device.six" : "compare.find")}
                    disabled={full}
                    value={text}
                    onInput={(event) => setText(event.currentTarget.value)}
                />
            </label>
            <ul class="compare">
                {!full &&
                    found.map((s) => (
                        <li key={s.id}>
                            <button
                                type="button"
                                class="link-button"
                                onClick={() => {
                                    onToggle(s.id);
                                    setText("");
                                }}
                            >
                                <b>{deviceLabel(s.device)}</b> {metricLabel(s.name)}
                            </button>
                            <span>{unitOf(s)}</span>
                        </li>
                    ))}
            </ul>
            {words.length > 0 && found.length === 0 && <p class="note">{t("table.noMatch")}</p>}
        </Block>
    );
}

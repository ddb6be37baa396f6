import { t } from "../i18n/t.ts";
import { formatNumber } from "../lib/format.ts";
import type { Grouping, Marked } from "../lib/list_look.ts";
import { counts } from "../state/app.ts";
import {
    CHIPS,
    clearFilter,
    filtering,
    groupBy,
    grouping,
    matchCount,
    states,
    text,
    toggleState,
} from "../state/filter.ts";

import { AlarmGlyph, Glyph, OfflineGlyph } from "./glyph.tsx";

function escapeClears(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    clearFilter();
    (event.currentTarget as HTMLInputElement).blur();
}

function FilterField() {
    return (
        <label class="filter">
            <span class="sr">{t("table.filter")}</span>
            <input
                id="filter"
                type="search"
                autocomplete="off"
                spellcheck={false}
                placeholder={t("table.filter")}
                value={text.value}
                onInput={(event) => {
                    text.value = event.currentTarget.value;
                }}
                onKeyDown={escapeClears}
            />
            <kbd>/</kbd>
        </label>
    );
}

function ChipGlyph({ state }: { state: Marked }) {
    if (state === "alarm") return <AlarmGlyph severity="critical" />;
    if (state === "offline") return <OfflineGlyph why="" quiet />;
    return <Glyph state={state} quiet />;
}

function Chips() {
    return (
        <>
            {CHIPS.map(({ state, count, key }) => {
                const n = count();
                const on = states.value.has(state);
                if (n === 0 && !on) return null;
                return (
                    <button
                        key={key}
                        type="button"
                        class={`chip is-${state}`}
                        aria-pressed={on}
                        onClick={() => toggleState(state)}
                    >
                        <ChipGlyph state={state} />
                        <b>{formatNumber(n, 0)}</b> {t(key)}
                    </button>
                );
            })}
        </>
    );
}

const GROUPINGS: [Grouping, "table.byArea" | "table.byDevice" | "table.byNothing"][] = [
    ["area", "table.byArea"],
    ["device", "table.byDevice"],
    ["none", "table.byNothing"],
];

export function FilterBar({ grouped }: { grouped: boolean }) {
    return (
        <div class="bar">
            <FilterField />
            <div class="chips">
                <p class="tally">
                    <b>{formatNumber(counts.value.devices, 0)}</b>{" "}
                    {t("table.devices", { n: counts.value.devices })}
                </p>
                <Chips />
            </div>
            {filtering.value && (
                <p class="tally matching">
                    {t("table.matching", { n: formatNumber(matchCount.value, 0), count: matchCount.value })}{" "}
                    <button type="button" class="link-button" onClick={clearFilter}>
                        {t("table.clear")}
                    </button>
                </p>
            )}
            {grouped && (
                <label class="grouping wide">
                    {t("table.group")}
                    <select
                        value={grouping.value}
                        onChange={(event) => {
                            groupBy(event.currentTarget.value as Grouping);
                        }}
                    >
                        {GROUPINGS.map(([value, key]) => (
                            <option key={value} value={value}>
                                {t(key)}
                            </option>
                        ))}
                    </select>
                </label>
            )}
        </div>
    );
}

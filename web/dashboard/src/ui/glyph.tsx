import type { Freshness } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";

const WORDS = ["state.fresh", "state.late", "state.stale", "state.never"] as const;

/** A state as a shape, with its word for those who do not see it. */
export function Glyph({ state, quiet = false }: { state: Freshness; quiet?: boolean }) {
    return (
        <span class={`glyph is-${state}`}>
            <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
                {SHAPES[state]}
            </svg>
            {!quiet && <span class="sr">{t(WORDS[state])}</span>}
        </span>
    );
}

const SHAPES = [
    <circle key="fresh" cx="7" cy="7" r="2.6" class="solid" />,
    <g key="late" class="line">
        <circle cx="7" cy="7" r="5" />
        <path d="M7 4.2V7l2 1.4" />
    </g>,
    <path key="stale" class="line" d="M1.5 9.5l6-6M4 12.2l8-8M8.2 12.4l4.6-4.6" />,
    <circle key="never" class="line" cx="7" cy="7" r="4" stroke-dasharray="2 1.6" />,
];

/** The device, or who speaks for it, has said that it is away: a plug that is out. */
export function OfflineGlyph({ why, quiet = false }: { why: string; quiet?: boolean }) {
    return (
        <span class="glyph is-offline" title={why}>
            <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
                <path class="line" d="M3 3l8 8M11 3l-8 8" />
            </svg>
            {!quiet && <span class="sr">{t("state.offline")}</span>}
        </span>
    );
}

/** A value that the broker kept from before: neither news nor silence. */
export function RetainedGlyph() {
    return (
        <span class="glyph is-retained" title={t("state.retained")}>
            <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
                <circle class="line" cx="7" cy="7" r="2.6" />
            </svg>
            <span class="sr">{t("state.retained")}</span>
        </span>
    );
}

/** Critical is filled, a warning is a line, all else a small circle: never by its colour alone. */
export function AlarmGlyph({ severity }: { severity: "info" | "warning" | "critical" }) {
    return (
        <svg
            class={`alarm-glyph is-${severity}`}
            viewBox="0 0 14 14"
            width="14"
            height="14"
            aria-hidden="true"
        >
            {severity === "info" ? (
                <circle class="line" cx="7" cy="7" r="4.5" />
            ) : (
                <path class={severity === "critical" ? "solid" : "line"} d="M7 1.5l6 11H1z" />
            )}
        </svg>
    );
}

export function WarnIcon() {
    return (
        <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <circle cx="10" cy="10" r="8" class="line" />
            <path class="line" d="M10 5.5v5.5" />
            <circle cx="10" cy="14" r="1.2" class="solid" />
        </svg>
    );
}

export function Mark() {
    return (
        <svg class="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
            <path class="mark-water" d="M4 13.2c3-2.6 5 1.6 8 0s5-1.6 8 0V20H4z" />
            <path class="mark-walls" d="M3.4 3v17.6h17.2V3" />
        </svg>
    );
}

/** Patterns that other pictures fill with; once on the page. */
export function Patterns() {
    return (
        <svg class="patterns" width="0" height="0" aria-hidden="true">
            <defs>
                <pattern
                    id="hatch"
                    width="5"
                    height="5"
                    patternUnits="userSpaceOnUse"
                    patternTransform="rotate(45)"
                >
                    <path class="hatch-line" d="M0 0v5" />
                </pattern>
            </defs>
        </svg>
    );
}

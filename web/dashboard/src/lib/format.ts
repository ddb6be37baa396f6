import type { Value } from "../../../client/src/index.ts";
import { currentLanguage, t } from "../i18n/t.ts";
import { onTheWall } from "./zone.ts";

const THOUSANDS = "\u00a0";
const MINUS = "\u2212";

const formats = new Map<string, Intl.NumberFormat>();

/** `1 482.317` or `1 482,317`: never an exponent, a space between thousands, a true minus. */
export function formatNumber(v: number, decimals: number): string {
    if (!Number.isFinite(v)) return t("value.none");
    const key = `${currentLanguage()}${decimals}`;
    let format = formats.get(key);
    if (!format) {
        format = new Intl.NumberFormat(currentLanguage(), {
            minimumFractionDigits: decimals,
            maximumFractionDigits: decimals,
            useGrouping: false,
        });
        formats.set(key, format);
    }
    const plain = format.format(v);
    const [, sign, whole, rest] = /^(-?)(\d+)(.*)$/.exec(plain) as RegExpExecArray as unknown as [
        string,
        string,
        string,
        string,
    ];
    const grouped = whole.length > 3 ? whole.replace(/\B(?=(\d{3})+$)/g, THOUSANDS) : whole;
    const zero = /^[0.,]*$/.test(whole + rest);
    return `${sign && !zero ? MINUS : ""}${grouped}${rest}`;
}

/** How many decimals a value was sent with; what looks like the noise of a float counts as what six digits show. */
export function decimalsOf(v: number): number {
    if (Number.isInteger(v) || !Number.isFinite(v)) return 0;
    const text = String(v);
    if (text.includes("e-")) return 6;
    const decimals = text.length - text.indexOf(".") - 1;
    if (decimals <= 4) return decimals;
    const rounded = Number(v.toPrecision(6));
    return Math.min(
        4,
        Number.isInteger(rounded) ? 0 : String(rounded).length - String(rounded).indexOf(".") - 1,
    );
}

export function formatValue(v: Value | undefined, decimals: number): string {
    if (v === null || v === undefined) return t("value.none");
    if (typeof v === "number") return formatNumber(v, decimals);
    if (typeof v === "boolean") return t(v ? "value.true" : "value.false");
    if (typeof v === "object") return v.i.replace("-", MINUS);
    return v;
}

/** `0.5 s`, `14 s`, `3 min 10 s`, `2 h 14 min`, `5 d 3 h`: the two largest parts that matter. */
export function formatAge(ms: number): string {
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 60) return t("age.seconds", { s });
    const m = Math.floor(s / 60);
    if (m < 10 && s % 60) return t("age.minutesSeconds", { m, s: s % 60 });
    if (m < 60) return t("age.minutes", { m });
    const h = Math.floor(m / 60);
    if (h < 24) return m % 60 ? t("age.hoursMinutes", { h, m: m % 60 }) : t("age.hours", { h });
    const d = Math.floor(h / 24);
    return h % 24 && d < 10 ? t("age.daysHours", { d, h: h % 24 }) : t("age.days", { d });
}

/** The same in one part up to an hour, for large type: `41 min`, `2 h 14 min`. */
export function formatAgeCoarse(ms: number): string {
    return ms >= 60_000 && ms < 3_600_000 ? t("age.minutes", { m: Math.floor(ms / 60_000) }) : formatAge(ms);
}

/** An interval: `0.5 s`, `15 s`, `1 min`. */
export function formatEvery(ms: number): string {
    return ms < 10_000
        ? t("age.seconds", { s: formatNumber(ms / 1000, ms % 1000 === 0 ? 0 : 1) })
        : formatAge(ms);
}

const two = (n: number): string => String(n).padStart(2, "0");

export function formatClock(ms: number): string {
    const d = onTheWall(ms);
    return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
}

export function formatMinute(ms: number): string {
    return formatClock(ms).slice(0, 5);
}

/** A moment as short as the span allows: with the day where the span crosses one. */
export function formatMoment(ms: number, span: number): string {
    if (span <= 10 * 60_000) return formatClock(ms);
    if (span <= 24 * 3_600_000) return formatMinute(ms);
    const day = new Intl.DateTimeFormat(currentLanguage() === "en" ? "en-GB" : "de", {
        day: "numeric",
        month: "short",
        timeZone: "UTC",
    }).format(onTheWall(ms));
    return `${day} ${formatMinute(ms)}`;
}

export function formatBytes(bytes: number): string {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let n = bytes;
    let unit = 0;
    while (n >= 1000 && unit < units.length - 1) {
        n /= 1000;
        unit++;
    }
    return `${formatNumber(n, n < 10 && unit > 0 ? 1 : 0)}\u00a0${units[unit]}`;
}

export function formatPercent(share: number): string {
    const percent = share * 100;
    if (percent > 0 && percent < 0.05) return `< ${formatNumber(0.1, 1)}\u00a0%`;
    return `${formatNumber(percent, percent > 0 && percent < 9.95 ? 1 : 0)}\u00a0%`;
}

/** A count as short as on an axis: `950`, `20k`, `4M`. */
export function formatCount(n: number): string {
    if (n >= 1e9) return `${formatNumber(n / 1e9, n % 1e9 ? 1 : 0)}G`;
    if (n >= 1e6) return `${formatNumber(n / 1e6, n % 1e6 ? 1 : 0)}M`;
    if (n >= 1e4) return `${formatNumber(n / 1e3, n % 1e3 ? 1 : 0)}k`;
    return formatNumber(n, 0);
}

/** A rate or a count, with a decimal only where it is small. */
export function formatRate(perSecond: number): string {
    return formatNumber(perSecond, perSecond > 0 && perSecond < 9.95 ? 1 : 0);
}

/** A reason without the address that stands beside it. */
export function reasonAt(why: string, url: string): string {
    return why.startsWith(`${url}: `) ? why.slice(url.length + 2) : why;
}

/** The gateway's reasons begin in lower case; at the head of a line they do not. */
export function sentence(text: string): string {
    // An address is written as it is.
    if (/^\w+:\/\//.test(text)) return text.replace(/\.$/, "");
    return text ? text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, "") : text;
}

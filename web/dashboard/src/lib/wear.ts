import type { Gateway } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatBytes, formatNumber } from "./format.ts";

/** What the card is written a day, and how long it lasts if its endurance is configured. */
export function wearText(wear: Gateway["wear"]): string {
    if (wear.day === null) return t("side.wearTotal", { bytes: formatBytes(wear.bytes) });
    const day = t("side.wearDay", { bytes: formatBytes(wear.day) });
    if (wear.days_left === null) return day;
    const years = wear.days_left / 365;
    return `${day}, ${t("side.wearLeft", { n: formatNumber(years, years < 10 ? 1 : 0) })}`;
}

import { useMemo } from "preact/hooks";
import { t } from "../i18n/t.ts";
import type { Sorting } from "../lib/list_look.ts";
import { PHONE, useMedia, useWindow } from "../lib/window.ts";
import { grouping, items, sortBy, sorting } from "../state/filter.ts";
import { Row } from "./row.tsx";

/** Up to so many rows are all in the page, so that the browser's own search finds them. */
const WHOLE = 300;

/** A heading that sorts by its column; `aria-sort` says that it does. */
function SortHead({ by, column, children }: { by: Sorting; column: string; children: string }) {
    const on = sorting.value === by;
    return (
        <span
            role="columnheader"
            class={column}
            aria-sort={on ? (by === "value" ? "descending" : "ascending") : "none"}
        >
            <button
                type="button"
                class="sort"
                title={by === "heard" ? t("table.fuse") : undefined}
                onClick={() => sortBy(by)}
            >
                {children}
                <svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true" class={on ? "" : "is-off"}>
                    <path class="solid" d={by === "value" ? "M0 2h8L4 7z" : "M0 6h8L4 1z"} />
                </svg>
            </button>
        </span>
    );
}

function Head() {
    return (
        <div class="row head" role="row" aria-rowindex={1}>
            <span role="columnheader" class="c-state">
                <span class="sr">{t("state.fresh")}</span>
            </span>
            <SortHead by="name" column="c-name">
                {t("table.device")}
            </SortHead>
            <SortHead by="value" column="c-value">
                {t("table.now")}
            </SortHead>
            <span role="columnheader" class="c-unit">
                <span class="sr">{t("table.unit")}</span>
            </span>
            <span role="columnheader" class="c-spark">
                {t("table.spark")}
            </span>
            <SortHead by="heard" column="c-heard">
                {t("table.heard")}
            </SortHead>
        </div>
    );
}

export function LiveTableView() {
    const list = items.value;
    const phone = useMedia(PHONE);
    const windowed = list.length > WHOLE;
    const heights = useMemo(
        () => list.map((item) => (item.kind === "group" ? 44 : phone ? 53 : 31)),
        [list, phone],
    );
    const { ref, range } = useWindow(heights, windowed);
    const bare = grouping.value === "device";
    return (
        <div
            class={`table ${windowed ? "is-windowed" : ""}`}
            role="table"
            aria-label={t("table.label")}
            aria-rowcount={windowed ? list.length + 1 : undefined}
        >
            <div role="rowgroup">
                <Head />
            </div>
            <div role="rowgroup" ref={ref}>
                {range.above > 0 && (
                    <div class="room" role="presentation" style={{ height: `${range.above}px` }} />
                )}
                {list.slice(range.from, range.to).map((item, n) =>
                    item.kind === "group" ? (
                        <div
                            class="group"
                            role="row"
                            key={`g${item.label}`}
                            aria-rowindex={range.from + n + 2}
                        >
                            <span role="rowheader" aria-colspan={6}>
                                {item.label}
                            </span>
                        </div>
                    ) : (
                        <Row
                            key={item.series.id}
                            series={item.series}
                            first={item.first}
                            bare={bare}
                            index={range.from + n + 2}
                        />
                    ),
                )}
                {range.below > 0 && (
                    <div class="room" role="presentation" style={{ height: `${range.below}px` }} />
                )}
            </div>
        </div>
    );
}

import type { Alarm } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { conditionText, raisedText } from "../lib/alarms.ts";
import { catalogue, table } from "../state/app.ts";
import { frozenAt, now } from "../state/link.ts";
import { unitOf } from "../state/shown.ts";
import { heardText, LiveValue } from "./row.tsx";

/** What it watches as it is now, which may be well again; nothing where that is not known. */
function Present({ alarm }: { alarm: Alarm }) {
    const series = catalogue.byId[alarm.series];
    if (alarm.cleared !== null || !series || !table.has(series.id)) return null;
    const old = frozenAt.value !== null;
    const unit = unitOf(series);
    return (
        <>
            {" · "}
            {alarm.kind === "stale" ? (
                <span>{t("alarms.heard", { age: heardText(series.id, now.value) })}</span>
            ) : (
                <span>
                    {t(old ? "alarms.last" : "alarms.now")}{" "}
                    <b>
                        <LiveValue id={series.id} />
                        {unit && `\u00a0${unit}`}
                    </b>
                </span>
            )}
        </>
    );
}

/** The limit, what raised it, and how it stands now: each by its name. */
export function AlarmValues({ alarm }: { alarm: Alarm }) {
    return (
        <p class="alarm-values">
            <span>{conditionText(alarm)}</span>
            {" · "}
            <span>
                {t(alarm.kind === "stale" ? "alarms.raisedAfter" : "alarms.raisedAt")}{" "}
                <b>{raisedText(alarm)}</b>
            </span>
            <Present alarm={alarm} />
        </p>
    );
}

import { useEffect, useRef, useState } from "preact/hooks";
import type { Alarm } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { arrangeAlarms, SEVERITY } from "../lib/alarms.ts";
import { formatAge, formatMoment, sentence } from "../lib/format.ts";
import { alarmRevision, alarms, alarmTrouble, readAlarms } from "../state/alarms.ts";
import { api } from "../state/app.ts";
import { deviceLabel, metricLabel } from "../state/catalogue.ts";
import { frozenAt } from "../state/link.ts";
import { deviceLink } from "../state/route.ts";
import { may, session } from "../state/session.ts";
import { AlarmValues } from "../ui/alarm_values.tsx";
import { AlarmGlyph } from "../ui/glyph.tsx";

const PAGE = 50;
const LONG = 8 * 24 * 3_600_000;
const EXAMPLE = `[[alarm]]
name = "freezer-warm"
topic = "tele/freezer/#"
field = "*/Temperature"
above = -15
clear = -17
hold = "5min"
severity = "critical"`;

function Acknowledge({ alarm }: { alarm: Alarm }) {
    const [asking, setAsking] = useState(false);
    const [trouble, setTrouble] = useState("");
    const send = async (event: SubmitEvent) => {
        event.preventDefault();
        const said = new FormData(event.currentTarget as HTMLFormElement);
        try {
            await api.acknowledge(
                alarm.id,
                String(said.get("by") ?? session.value?.name ?? "").trim(),
                String(said.get("note")).trim(),
            );
            setAsking(false);
            void readAlarms();
        } catch (error) {
            setTrouble((error as Error).message);
        }
    };
    if (!asking)
        return (
            <button
                type="button"
                class="button"
                disabled={frozenAt.value !== null}
                onClick={() => setAsking(true)}
            >
                {t("alarms.acknowledge")}
            </button>
        );
    return (
        <form class="alarm-form" onSubmit={(event) => void send(event)}>
            {!session.value?.name && (
                <label>
                    {t("alarms.by")}
                    <input name="by" maxLength={30} autoComplete="name" />
                </label>
            )}
            <label>
                {t("alarms.note")}
                <input name="note" maxLength={200} />
            </label>
            <button type="submit" class="button" disabled={frozenAt.value !== null}>
                {t("alarms.confirm")}
            </button>
            <button type="button" class="button" onClick={() => setAsking(false)}>
                {t("alarms.cancel")}
            </button>
            {trouble && (
                <p class="note alarm" role="status">
                    {sentence(trouble)}
                </p>
            )}
        </form>
    );
}

function when(alarm: Alarm): string {
    const time = formatMoment(alarm.raised, LONG);
    if (alarm.cleared === null) return t("alarms.since", { time });
    return t("alarms.lasted", { time, age: formatAge(alarm.cleared - alarm.raised) });
}

function remarks(alarm: Alarm): string[] {
    return [
        alarm.flapping ? t("alarms.flapping") : "",
        alarm.unsynchronised ? t("alarms.clockUnset") : "",
        alarm.cleared_by === "configuration" ? t("alarms.byConfiguration") : "",
    ].filter(Boolean);
}

function AlarmRow({ alarm }: { alarm: Alarm }) {
    const by = alarm.by || t("alarms.somebody");
    return (
        <li class={`alarm-row is-${alarm.state}`}>
            <AlarmGlyph severity={alarm.severity} />
            <div class="alarm-what">
                <p>
                    <b>{t(SEVERITY[alarm.severity])}</b>{" "}
                    <a href={deviceLink(alarm.device)}>{deviceLabel(alarm.device)}</a>{" "}
                    {metricLabel(alarm.name)}
                </p>
                {alarm.text && <p>{alarm.text}</p>}
                <AlarmValues alarm={alarm} />
                <p class="alarm-when">{[alarm.alarm, when(alarm), ...remarks(alarm)].join(" · ")}</p>
                {alarm.acknowledged !== null && (
                    <p class="alarm-when">
                        {t("alarms.acknowledged", { by, time: formatMoment(alarm.acknowledged, LONG) })}
                        {alarm.note && `: ${alarm.note}`}
                    </p>
                )}
            </div>
            {alarm.state === "open" && may("operator") && <Acknowledge alarm={alarm} />}
        </li>
    );
}

function OnNow() {
    const list = alarms.value;
    if (list === null) return null;
    if (list.length === 0) return <p class="alarm-none">{t("alarms.none")}</p>;
    return (
        <ul class="alarm-list">
            {arrangeAlarms(list).map((alarm) => (
                <AlarmRow key={alarm.id} alarm={alarm} />
            ))}
        </ul>
    );
}

/** Read anew when alarms change; older pages stay until then. */
function useCleared() {
    const [list, setList] = useState<Alarm[] | null>(null);
    const [next, setNext] = useState<number | null>(null);
    const [trouble, setTrouble] = useState("");
    const [busy, setBusy] = useState(false);
    const stop = useRef(new AbortController());
    const read = async (after: number | null) => {
        const { signal } = stop.current;
        setBusy(true);
        try {
            const page = await api.alarms("history", PAGE, after, signal);
            if (signal.aborted) return;
            setList((known) => (after === null ? page.alarms : [...(known ?? []), ...page.alarms]));
            setNext(page.next);
            setTrouble("");
        } catch (error) {
            if (signal.aborted) return;
            setTrouble((error as Error).message);
        }
        setBusy(false);
    };
    useEffect(() => {
        stop.current = new AbortController();
        void read(null);
        return () => stop.current.abort();
    }, [alarmRevision.value]);
    return { list, next, trouble, busy, more: () => void read(next) };
}

function Teach() {
    return (
        <div class="empty alarm-teach">
            <p>{t("alarms.teach")}</p>
            <pre>{EXAMPLE}</pre>
        </div>
    );
}

export function Alarms() {
    const { list, next, trouble, busy, more } = useCleared();
    // That the gateway does not answer is said once, at the top.
    const why = frozenAt.value === null ? alarmTrouble.value || trouble : "";
    const never = alarms.value?.length === 0 && list?.length === 0;
    return (
        <div class="alarm-page">
            <h1>{t("nav.alarms")}</h1>
            {why && (
                <p class="note alarm" role="status">
                    {t("alarms.failed", { why: sentence(why) })}
                </p>
            )}
            <section aria-labelledby="alarms-on">
                <h2 id="alarms-on">{t("alarms.on")}</h2>
                <OnNow />
            </section>
            {never && <Teach />}
            <section aria-labelledby="alarms-history">
                <h2 id="alarms-history">{t("alarms.history")}</h2>
                {list?.length === 0 && <p class="alarm-none">{t("alarms.noHistory")}</p>}
                {list !== null && list.length > 0 && (
                    <ul class="alarm-list">
                        {list.map((alarm) => (
                            <AlarmRow key={alarm.id} alarm={alarm} />
                        ))}
                    </ul>
                )}
                {next !== null && (
                    <button
                        type="button"
                        class="button"
                        disabled={busy || frozenAt.value !== null}
                        onClick={more}
                    >
                        {t("alarms.more")}
                    </button>
                )}
            </section>
        </div>
    );
}

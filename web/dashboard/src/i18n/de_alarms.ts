import type { Entry } from "./en.ts";
import type { AlarmsKey } from "./en_alarms.ts";

export const deAlarms: Record<AlarmsKey, Entry> = {
    "alarms.on": "Jetzt an",
    "alarms.history": "Verlauf",
    "alarms.none": "Kein Alarm ist an.",
    "alarms.noHistory": "Noch kein Alarm ist zu Ende.",
    "alarms.teach": "Ein Alarm ist ein Abschnitt der Konfiguration, zum Beispiel:",
    "alarms.failed": "Die Alarme konnten nicht gelesen werden: {why}",
    "alarms.more": "Ältere zeigen",
    "alarms.since": "seit {time}",
    "alarms.lasted": "{time}, {age} lang",
    "alarms.flapping": "kommt und geht",
    "alarms.clockUnset": "Uhr war nicht gestellt",
    "alarms.byConfiguration": "durch die Konfiguration beendet",
    "alarms.acknowledge": "Quittieren",
    "alarms.acknowledged": "Quittiert von {by}, {time}",
    "alarms.somebody": "jemandem",
    "alarms.by": "Dein Name",
    "alarms.note": "Notiz",
    "alarms.confirm": "Bestätigen",
};

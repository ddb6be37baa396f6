import type { Entry } from "./en.ts";

// What the page of alarms says.
export const enAlarms = {
    "alarms.on": "On now",
    "alarms.history": "History",
    "alarms.none": "No alarm is on.",
    "alarms.noHistory": "No alarm has cleared yet.",
    "alarms.teach": "An alarm is a section of the configuration, for example:",
    "alarms.failed": "The alarms could not be read: {why}",
    "alarms.more": "Show older",
    "alarms.since": "since {time}",
    "alarms.lasted": "{time}, for {age}",
    "alarms.flapping": "comes and goes",
    "alarms.clockUnset": "clock was not set",
    "alarms.byConfiguration": "ended by the configuration",
    "alarms.acknowledge": "Acknowledge",
    "alarms.acknowledged": "Acknowledged by {by}, {time}",
    "alarms.somebody": "somebody",
    "alarms.by": "Your name",
    "alarms.note": "Note",
    "alarms.confirm": "Confirm",
} as const satisfies Record<string, Entry>;

export type AlarmsKey = keyof typeof enAlarms;

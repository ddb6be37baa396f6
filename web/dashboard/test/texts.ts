import { de } from "../src/i18n/de.ts";
import { deAlarms } from "../src/i18n/de_alarms.ts";
import { deGateway } from "../src/i18n/de_gateway.ts";
import { deList } from "../src/i18n/de_list.ts";
import { deMore } from "../src/i18n/de_more.ts";
import { deSettings } from "../src/i18n/de_settings.ts";
import type { Entry } from "../src/i18n/en.ts";
import { en } from "../src/i18n/en.ts";
import { enAlarms } from "../src/i18n/en_alarms.ts";
import { enGateway } from "../src/i18n/en_gateway.ts";
import { enList } from "../src/i18n/en_list.ts";
import { enMore } from "../src/i18n/en_more.ts";
import { enSettings } from "../src/i18n/en_settings.ts";
import type { Part } from "../src/i18n/t.ts";

/** Every text of both languages, by part. */
export const ENGLISH: Record<Part, Record<string, Entry>> = {
    core: en,
    list: enList,
    more: enMore,
    alarms: enAlarms,
    gateway: enGateway,
    settings: enSettings,
};
export const GERMAN: Record<Part, Record<string, Entry>> = {
    core: de,
    list: deList,
    more: deMore,
    alarms: deAlarms,
    gateway: deGateway,
    settings: deSettings,
};

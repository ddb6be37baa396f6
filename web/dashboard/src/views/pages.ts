import type { Route } from "../state/route.ts";
import { later, type Page, withTexts } from "../ui/lazy.tsx";

/** Where strangers stand. */
export const ENTRY = later(async () => (await withTexts(import("./entry.tsx"), "settings")).Entry);

/** Which keys do what. */
export const KEYS = later(async () => (await withTexts(import("./keys.tsx"), "settings")).Keys);

/** Each page's code and texts come when they are wanted: the first one's together with the texts that all need. */
export const PAGES: Record<Route["view"], Page> = {
    overview: later(async () => (await withTexts(import("./overview.tsx"), "list")).Overview),
    devices: later(async () => (await withTexts(import("./devices.tsx"), "list")).Devices),
    device: later(async () => (await withTexts(import("./device.tsx"), "more")).DeviceView),
    alarms: later(async () => (await withTexts(import("./alarms.tsx"), "alarms")).Alarms),
    settings: later(async () => (await withTexts(import("./settings.tsx"), "settings")).Settings),
    wall: later(async () => (await withTexts(import("./wall.tsx"), "list", "settings")).Wall),
    gateway: later(
        async () => (await withTexts(import("./gateway.tsx"), "list", "more", "gateway")).GatewayPage,
    ),
    nowhere: later(async () => (await import("./nowhere.tsx")).Nowhere),
};

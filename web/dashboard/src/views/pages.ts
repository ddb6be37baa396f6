import type { Route } from "../state/route.ts";
import { later, type Page, withTexts } from "../ui/lazy.tsx";
import { Devices } from "./devices.tsx";
import { Overview } from "./overview.tsx";

const there = (View: Page["View"]): Page => ({ View, preload: () => undefined });

/** Where strangers stand. */
export const ENTRY = later(async () => (await withTexts(import("./entry.tsx"))).Entry);

/** What is looked at first is there from the start; the code of other pages comes when they are wanted. */
export const PAGES: Record<Route["view"], Page> = {
    overview: there(Overview),
    devices: there(Devices),
    device: later(async () => (await import("./device.tsx")).DeviceView),
    alarms: later(async () => (await import("./alarms.tsx")).Alarms),
    settings: later(async () => (await withTexts(import("./settings.tsx"))).Settings),
    wall: later(async () => (await withTexts(import("./wall.tsx"))).Wall),
    gateway: later(async () => (await withTexts(import("./gateway.tsx"))).GatewayPage),
};

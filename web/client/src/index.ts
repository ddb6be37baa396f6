export { backoff } from "./backoff.ts";
export { GatewayClock } from "./clock.ts";
export { type Followed, follow } from "./follow.ts";
export { Frames } from "./frames.ts";
export { LiveClient, type LiveHandlers, type LiveOptions, type LiveStatus } from "./live.ts";
export {
    type Alarm,
    type AlarmPage,
    Api,
    ApiError,
    type GapPage,
    type GapRecord,
    type History,
    type HistorySeries,
    type Series,
} from "./rest.ts";
export { LiveTable } from "./table.ts";
export * from "./wire.ts";

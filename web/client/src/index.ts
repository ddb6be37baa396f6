export { Accounts, type AuditEntry, type Role, type Session, type Token, type User } from "./accounts.ts";
export { backoff } from "./backoff.ts";
export { GatewayClock } from "./clock.ts";
export { type Followed, follow } from "./follow.ts";
export { Frames } from "./frames.ts";
export { LiveClient, type LiveHandlers, type LiveOptions, type LiveStatus } from "./live.ts";
export {
    type Alarm,
    type AlarmPage,
    type AlarmRule,
    Api,
    ApiError,
    type Books,
    type Chosen,
    type Command,
    type Device,
    type GapPage,
    type GapRecord,
    type History,
    type HistorySeries,
    type Outage,
    type Rejected,
    type SeenMessage,
    type Series,
    type Timeline,
    type ToldControl,
    type Trial,
} from "./rest.ts";
export { LiveTable } from "./table.ts";
export * from "./wire.ts";

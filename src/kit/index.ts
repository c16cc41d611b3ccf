export { type Clock, type Timer, VirtualClock, wallClock } from "./clock.ts";
export { Counter, type CounterReading, Counters } from "./counters.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { ERROR_CODES, type ErrorCode } from "./error_codes.ts";
export { assert, AssertionError, errnoOf, HotakaError, messageOf } from "./errors.ts";
export { type Log, type LogFields, silentLog } from "./log.ts";
export { didYouMean, nearest } from "./nearest.ts";
export { formatSize, parseSize } from "./size.ts";
export { Steps } from "./steps.ts";

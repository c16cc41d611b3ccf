import { avg } from "./aggregates/avg.ts";
import { count } from "./aggregates/count.ts";
import { max } from "./aggregates/max.ts";
import { min } from "./aggregates/min.ts";
import { sum } from "./aggregates/sum.ts";
import type { Words } from "./dialect.ts";
import { max as maxOfNumbers } from "./functions/max.ts";
import { min as minOfNumbers } from "./functions/min.ts";
import { prefix64 } from "./functions/prefix64.ts";
import { extTimed } from "./windows/ext_timed.ts";
import { extTimedBatch } from "./windows/ext_timed_batch.ts";
import { length } from "./windows/length.ts";
import { time } from "./windows/time.ts";
import { timeBatch } from "./windows/time_batch.ts";

/**
 * The words that most queries get by with. One that stands here has all its meanings here: a query that is understood with these words alone
 * means the same with all of them.
 */
export const COMMON_WORDS: Words = {
  windows: [extTimed, extTimedBatch, length, time, timeBatch],
  aggregates: [avg, count, max, min, sum],
  functions: [maxOfNumbers, minOfNumbers, prefix64],
};

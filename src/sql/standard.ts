import { avg } from "./aggregates/avg.ts";
import { count } from "./aggregates/count.ts";
import { max } from "./aggregates/max.ts";
import { min } from "./aggregates/min.ts";
import { sum } from "./aggregates/sum.ts";
import { max as maxOfNumbers } from "./functions/max.ts";
import { min as minOfNumbers } from "./functions/min.ts";
import type { AggregateDefinition, FunctionDefinition, WindowDefinition } from "./vocabulary.ts";
import { extTimed } from "./windows/ext_timed.ts";
import { extTimedBatch } from "./windows/ext_timed_batch.ts";
import { length } from "./windows/length.ts";
import { lengthBatch } from "./windows/length_batch.ts";
import { time } from "./windows/time.ts";
import { timeBatch } from "./windows/time_batch.ts";

/** These lists are the dialect: what is not in them is not in the language. */
export const windows: readonly WindowDefinition[] = [extTimed, extTimedBatch, length, lengthBatch, time, timeBatch];

export const aggregates: readonly AggregateDefinition[] = [avg, count, max, min, sum];

export const functions: readonly FunctionDefinition[] = [maxOfNumbers, minOfNumbers];

import { approxCountDistinct } from "./aggregates/approx_count_distinct.ts";
import { avedev } from "./aggregates/avedev.ts";
import { avg } from "./aggregates/avg.ts";
import { count } from "./aggregates/count.ts";
import { countever } from "./aggregates/countever.ts";
import { first } from "./aggregates/first.ts";
import { firstever } from "./aggregates/firstever.ts";
import { fmax } from "./aggregates/fmax.ts";
import { fmaxever } from "./aggregates/fmaxever.ts";
import { fmin } from "./aggregates/fmin.ts";
import { fminever } from "./aggregates/fminever.ts";
import { last } from "./aggregates/last.ts";
import { lastever } from "./aggregates/lastever.ts";
import { leaving } from "./aggregates/leaving.ts";
import { max } from "./aggregates/max.ts";
import { maxby } from "./aggregates/maxby.ts";
import { maxbyever } from "./aggregates/maxbyever.ts";
import { maxever } from "./aggregates/maxever.ts";
import { median } from "./aggregates/median.ts";
import { min } from "./aggregates/min.ts";
import { minby } from "./aggregates/minby.ts";
import { minbyever } from "./aggregates/minbyever.ts";
import { minever } from "./aggregates/minever.ts";
import { nth } from "./aggregates/nth.ts";
import { percentile } from "./aggregates/percentile.ts";
import { rate } from "./aggregates/rate.ts";
import { sorted } from "./aggregates/by_key.ts";
import { stddev } from "./aggregates/stddev.ts";
import { sum } from "./aggregates/sum.ts";
import { topK } from "./aggregates/top_k.ts";
import { grouping, groupingId } from "./functions/grouping.ts";
import { window } from "./aggregates/window.ts";
import { learn } from "./dialect.ts";
import { cidr } from "./functions/cidr.ts";
import { entropy } from "./functions/entropy.ts";
import { inCidr } from "./functions/in_cidr.ts";
import { parseUrl } from "./functions/parse_url.ts";
import { prefix64 } from "./functions/prefix64.ts";
import { regexpExtract } from "./functions/regexp_extract.ts";
import { urlDecode } from "./functions/url_decode.ts";
import { userAgentFamily } from "./functions/user_agent_family.ts";
import { max as maxOfNumbers } from "./functions/max.ts";
import { min as minOfNumbers } from "./functions/min.ts";
import type { AggregateDefinition, FunctionDefinition, WindowDefinition } from "./vocabulary.ts";
import { bucket } from "./windows/bucket.ts";
import { correl } from "./windows/correl.ts";
import { expr } from "./windows/expr.ts";
import { exprBatch } from "./windows/expr_batch.ts";
import { extTimed } from "./windows/ext_timed.ts";
import { extTimedBatch } from "./windows/ext_timed_batch.ts";
import { firstevent } from "./windows/firstevent.ts";
import { firstlength } from "./windows/firstlength.ts";
import { firsttime } from "./windows/firsttime.ts";
import { firstunique } from "./windows/firstunique.ts";
import { groupwin } from "./windows/groupwin.ts";
import { keepall } from "./windows/keepall.ts";
import { lastevent } from "./windows/lastevent.ts";
import { length } from "./windows/length.ts";
import { lengthBatch } from "./windows/length_batch.ts";
import { linest } from "./windows/linest.ts";
import { rank } from "./windows/rank.ts";
import { size } from "./windows/size.ts";
import { sort } from "./windows/sort.ts";
import { time } from "./windows/time.ts";
import { timeAccum } from "./windows/time_accum.ts";
import { timeBatch } from "./windows/time_batch.ts";
import { timeLengthBatch } from "./windows/time_length_batch.ts";
import { timeOrder } from "./windows/time_order.ts";
import { uni } from "./windows/uni.ts";
import { unique } from "./windows/unique.ts";
import { weightedAvg } from "./windows/weighted_avg.ts";

/** These lists are the dialect: what is not in them is not in the language. */
export const windows: readonly WindowDefinition[] = [
  bucket,
  correl,
  expr,
  exprBatch,
  extTimed,
  extTimedBatch,
  firstevent,
  firstlength,
  firsttime,
  firstunique,
  groupwin,
  keepall,
  lastevent,
  length,
  lengthBatch,
  linest,
  rank,
  size,
  sort,
  time,
  timeAccum,
  timeBatch,
  timeLengthBatch,
  timeOrder,
  uni,
  unique,
  weightedAvg,
];

export const aggregates: readonly AggregateDefinition[] = [
  approxCountDistinct,
  avedev,
  avg,
  count,
  countever,
  first,
  firstever,
  fmax,
  fmaxever,
  fmin,
  fminever,
  last,
  lastever,
  leaving,
  max,
  maxby,
  maxbyever,
  maxever,
  median,
  min,
  minby,
  minbyever,
  minever,
  nth,
  percentile,
  rate,
  sorted,
  stddev,
  sum,
  topK,
  window,
];

export const functions: readonly FunctionDefinition[] = [
  cidr,
  entropy,
  grouping,
  groupingId,
  inCidr,
  maxOfNumbers,
  minOfNumbers,
  parseUrl,
  prefix64,
  regexpExtract,
  urlDecode,
  userAgentFamily,
];

learn({ windows, aggregates, functions });

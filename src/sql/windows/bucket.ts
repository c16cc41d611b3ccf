import type { Value } from "../../event/index.ts";
import type { ExpressionParameter, ViewParameter } from "../plan/parameter.ts";
import { identityOf } from "../runtime/group.ts";
import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window, type WindowServices } from "../vocabulary.ts";
import { without } from "./gathered.ts";
import { durationMs } from "./parameters.ts";

export const bucket = defineWindow({
  name: "leaky:bucket",
  summary:
    "A leaky bucket: each event is one drop, one drop leaks at each turn of the leak, and when a drop finds no room the bucket overflows: " +
    "all events poured into it come out together, and it begins anew. Behind std:groupwin each key has a bucket of its own. " +
    "How scenarios of CrowdSec are written with it: docs/decisions/0011-leaky-bucket.md.",
  parameters: [
    {
      name: "capacity",
      kind: "count",
      doc:
        "How many drops it holds. 0: every event overflows (a trigger). -1: no number of events makes it overflow; it does so by itself " +
        "when the leak has passed since its first event (a counter).",
    },
    { name: "leak", kind: "duration", doc: "How long one drop takes to leak; a bucket leaks evenly, also a part of a drop." },
    { name: "blackhole", kind: "duration", optional: true, doc: "After an overflow, further ones of this bucket are dropped for so long." },
    {
      name: "distinct",
      kind: "expression",
      optional: true,
      doc: "One or more expressions: of events that agree in them only the first is poured, for as long as the bucket lasts.",
    },
    {
      name: "cancel",
      kind: "condition",
      optional: true,
      doc: "An event for which it holds is not poured: it empties the bucket, as a login that succeeds at last.",
    },
  ],
  example:
    "SELECT host, count(*) AS hits, count(distinct path) AS paths\n" +
    "FROM access.std:groupwin(host).leaky:bucket(10, 10 sec, 5 min, path) GROUP BY host",
  after:
    "CrowdSec's scenarios of the types leaky, trigger and counter; what it leaves open is decided in docs/decisions/0011-leaky-bucket.md",
  resolve(parameters) {
    const form = formOf(parameters);
    return typeof form === "string" ? form : { open: (services) => new Bucket(form, services), batches: true, pace: undefined };
  },
});

interface BucketForm {
  /** Undefined: it overflows by time alone. */
  readonly capacity: number | undefined;
  readonly leakMs: number;
  readonly blackholeMs: number;
  readonly distinct: readonly ExpressionParameter[];
  readonly cancel: ExpressionParameter | undefined;
}

function formOf([capacity, leak, ...more]: readonly ViewParameter[]): BucketForm | string {
  if (capacity?.kind !== "number" || !Number.isInteger(capacity.value) || capacity.value < -1 || capacity.value > CAPACITY_MAX)
    return `its capacity must be a whole number from 0 to ${CAPACITY_MAX}, or -1.`;
  const leakMs = durationMs(leak, "leak");
  if (typeof leakMs === "string") return leakMs;
  const isHiding = more[0]?.kind === "duration" || more[0]?.kind === "number";
  const blackholeMs = isHiding ? durationMs(more[0], "blackhole") : 0;
  if (typeof blackholeMs === "string") return blackholeMs;
  const expressions = more.slice(isHiding ? 1 : 0).filter((parameter) => parameter.kind === "expression");
  if (expressions.length < more.length - (isHiding ? 1 : 0))
    return "behind its blackhole it takes expressions over the event: what must be distinct, and a condition that empties it.";
  const conditions = expressions.filter(({ expression }) => expression.type === "boolean");
  if (conditions.length > 1) return "it takes one condition that empties it; join several with OR.";
  const distinct = expressions.filter((parameter) => !conditions.includes(parameter));
  return { capacity: capacity.value === -1 ? undefined : capacity.value, leakMs, blackholeMs, distinct, cancel: conditions[0] };
}

/**
 * What is in the bucket is kept as the time it takes to leak, so that whole milliseconds say all of it. A bucket that has run dry, and in
 * which no event of the same value may be poured again, ends when nothing was poured for the time in which a drop more than it holds leaks.
 */
class Bucket implements Window {
  readonly #form: BucketForm;
  readonly #services: WindowServices;
  #poured: StatementEvent[] = [];
  /** The values poured, where they must be distinct. */
  #values = new Set<Value>();
  #firstMs = 0;
  #lastMs = 0;
  /** How long what is in it takes to leak, as of `#lastMs`. */
  #fillMs = 0;
  /** What came out last: it leaves when the bucket overflows again, or is forgotten with it. */
  #before: StatementEvent[] = [];
  #overflowMs = Number.NEGATIVE_INFINITY;

  constructor(form: BucketForm, services: WindowServices) {
    this.#form = form;
    this.#services = services;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    this.#poured = without(this.#poured, leaving);
    return arriving.flatMap((event) => this.#pour(event, nowMs));
  }

  nextDueMs(): number | undefined {
    if (this.#poured.length > 0)
      return this.#form.capacity === undefined ? this.#firstMs + this.#form.leakMs : this.#lastMs + this.#lifeMs + 1;
    return this.#overflowMs === Number.NEGATIVE_INFINITY ? undefined : this.#forgottenMs;
  }

  fire(nowMs: number): readonly Change[] {
    if (this.#poured.length > 0 && this.#form.capacity === undefined) return this.#overflow(nowMs);
    this.#empty();
    if (nowMs < this.#forgottenMs) return NO_CHANGE;
    this.#overflowMs = Number.NEGATIVE_INFINITY;
    const left = this.#before;
    this.#before = [];
    return left.length === 0 ? NO_CHANGE : [{ entered: [], left, silent: true }];
  }

  isSpent(): boolean {
    return this.#poured.length === 0 && this.#overflowMs === Number.NEGATIVE_INFINITY;
  }

  contents(): Iterable<StatementEvent> {
    return this.#poured;
  }

  given(): Iterable<StatementEvent> {
    return this.#before;
  }

  size(): number {
    return this.#poured.length + this.#before.length;
  }

  save(): unknown {
    return [this.#poured, this.#values, this.#firstMs, this.#lastMs, this.#fillMs, this.#before, this.#overflowMs];
  }

  restore(saved: unknown): void {
    [this.#poured, this.#values, this.#firstMs, this.#lastMs, this.#fillMs, this.#before, this.#overflowMs] = saved as [
      StatementEvent[],
      Set<Value>,
      number,
      number,
      number,
      StatementEvent[],
      number,
    ];
  }

  #pour(event: StatementEvent, nowMs: number): readonly Change[] {
    const { capacity, leakMs, distinct, cancel } = this.#form;
    if (cancel !== undefined && this.#services.evaluate(cancel, event) === true) {
      this.#empty();
      return NO_CHANGE;
    }
    if (distinct.length > 0) {
      const value = identityOf(distinct.map((parameter) => this.#services.evaluate(parameter, event)));
      if (this.#values.has(value)) return NO_CHANGE;
      this.#values.add(value);
    }
    if (this.#poured.length === 0) this.#firstMs = nowMs;
    this.#poured.push(event);
    const left = Math.max(0, this.#fillMs - (nowMs - this.#lastMs));
    this.#lastMs = nowMs;
    if (capacity === undefined) return NO_CHANGE;
    this.#fillMs = left + leakMs;
    if (this.#fillMs > capacity * leakMs) return this.#overflow(nowMs);
    // A bucket that is poured into as fast as it leaks would hold events without end.
    if (this.#poured.length > HELD_FACTOR * (capacity + 1)) this.#poured.shift();
    return NO_CHANGE;
  }

  #overflow(nowMs: number): readonly Change[] {
    const entered = this.#poured;
    this.#empty();
    if (nowMs < this.#overflowMs + this.#form.blackholeMs) return NO_CHANGE;
    const left = this.#before;
    this.#before = entered;
    this.#overflowMs = nowMs;
    return [{ entered, left }];
  }

  #empty(): void {
    this.#poured = [];
    this.#values.clear();
    this.#fillMs = 0;
  }

  /** How long after its last event a bucket ends. */
  get #lifeMs(): number {
    return ((this.#form.capacity ?? 0) + 1) * this.#form.leakMs;
  }

  get #forgottenMs(): number {
    return this.#overflowMs + Math.max(this.#form.blackholeMs, this.#lifeMs);
  }
}

/** More would be a window; and with capacity times leak the time in ms stays far within what a number holds exactly. */
const CAPACITY_MAX = 1_000_000;

/** A bucket keeps, of the events that have leaked, as many again as it holds: they are part of what overflows. */
const HELD_FACTOR = 2;

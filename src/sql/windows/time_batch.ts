import { nextWall, type Period } from "../plan/period.ts";
import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { without } from "./gathered.ts";
import { durationOf, optionsOf } from "./parameters.ts";

export const timeBatch = defineWindow({
  name: "win:time_batch",
  summary:
    "Gathers events and lets them go together at the end of each period. The periods lie on a grid anchored at the first event, or at the reference point.",
  parameters: [
    { name: "period", kind: "duration", doc: "How long events are gathered." },
    { name: "reference", kind: "long", doc: "Epoch ms that lies on the grid; 0L gives calendar minutes.", optional: true },
    {
      name: "options",
      kind: "text",
      doc: "FORCE_UPDATE puts out at every period, also without events; START_EAGER begins with the statement, not with the first event.",
      optional: true,
    },
  ],
  example: "SELECT host, count(*) AS requests FROM access.win:time_batch(1 min) GROUP BY host HAVING count(*) >= 1000",
  after: "Esper 5.2 reference, 'Time batch window (win:time_batch)'",
  resolve(parameters) {
    const period = durationOf(parameters[0], "period");
    if (typeof period === "string") return period;
    const [second, third] = parameters.slice(1);
    const reference = second?.kind === "number" ? second.value : undefined;
    if (reference !== undefined && !Number.isInteger(reference)) return "its reference point must be whole epoch ms, as 0L.";
    const text = reference === undefined ? second : third;
    if (parameters.length > (reference === undefined ? 2 : 3) || (text !== undefined && text.kind !== "text")) {
      return "it takes a period, a reference point and options.";
    }
    const options = text === undefined ? new Set<string>() : optionsOf(text.value, ["FORCE_UPDATE", "START_EAGER"]);
    if (typeof options === "string") return options;
    const startEager = options.has("START_EAGER");
    // A grid that begins with the statement has its anchor there; Esper then makes nothing of a reference point.
    const form = { referenceMs: startEager ? undefined : reference, startEager, forceUpdate: options.has("FORCE_UPDATE") || startEager };
    return {
      open: () => new TimeBatchWindow({ period, ...form }),
      batches: true,
      pace: period.months > 0 ? undefined : { kind: "batch", by: "time", periodMs: period.ms, ...form },
    };
  },
});

interface Form {
  readonly period: Period;
  readonly referenceMs: number | undefined;
  readonly startEager: boolean;
  readonly forceUpdate: boolean;
}

class TimeBatchWindow implements Window {
  readonly #form: Form;
  #referenceMs: number | undefined;
  #dueMs: number | undefined;
  #gathered: StatementEvent[] = [];
  #before: StatementEvent[] = [];

  constructor(form: Form) {
    this.#form = form;
    this.#referenceMs = form.referenceMs;
  }

  start(nowMs: number): void {
    if (this.#form.startEager) this.#begin(nowMs);
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    this.#gathered = without(this.#gathered, leaving);
    if (arriving.length > 0 && this.#dueMs === undefined) this.#begin(nowMs);
    for (const event of arriving) this.#gathered.push(event);
    return NO_CHANGE;
  }

  nextDueMs(): number | undefined {
    return this.#dueMs;
  }

  fire(nowMs: number): readonly Change[] {
    const change = { entered: this.#gathered, left: this.#before };
    const something = change.entered.length > 0 || change.left.length > 0;
    // One more empty period follows the last events, so that what they were is taken back.
    this.#dueMs = undefined;
    if (something || this.#form.forceUpdate) this.#begin(nowMs);
    this.#before = this.#gathered;
    this.#gathered = [];
    return something || this.#form.forceUpdate ? [change] : NO_CHANGE;
  }

  contents(): Iterable<StatementEvent> {
    return this.#gathered;
  }

  given(): Iterable<StatementEvent> {
    return this.#before;
  }

  size(): number {
    return this.#gathered.length + this.#before.length;
  }

  save(): unknown {
    return [this.#referenceMs, this.#dueMs, this.#gathered, this.#before];
  }

  restore(saved: unknown): void {
    [this.#referenceMs, this.#dueMs, this.#gathered, this.#before] = saved as [
      number | undefined,
      number | undefined,
      StatementEvent[],
      StatementEvent[],
    ];
  }

  #begin(nowMs: number): void {
    this.#referenceMs ??= nowMs;
    this.#dueMs = nextWall(nowMs, this.#form.period, this.#referenceMs);
  }
}

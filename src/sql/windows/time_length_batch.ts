import { type Period, plusPeriod } from "../plan/period.ts";
import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { without } from "./gathered.ts";
import { countOf, durationOf, optionsOf } from "./parameters.ts";

export const timeLengthBatch = defineWindow({
  name: "win:time_length_batch",
  summary: "Gathers events and lets them go together after the period or when there are so many of them, whichever is first.",
  parameters: [
    { name: "period", kind: "duration", doc: "How long events are gathered." },
    { name: "size", kind: "count", doc: "How many events are gathered at most." },
    {
      name: "options",
      kind: "text",
      doc: "FORCE_UPDATE puts out at every period, also without events; START_EAGER begins with the statement, not with the first event.",
      optional: true,
    },
  ],
  example: "SELECT host, count(*) AS requests FROM access.win:time_length_batch(1 min, 1000) GROUP BY host",
  after: "Esper 5.2 reference, 'Time-Length combination batch window (win:time_length_batch)'",
  resolve(parameters) {
    const [first, second, text] = parameters;
    const period = durationOf(first, "period");
    if (typeof period === "string") return period;
    const count = countOf(second, "size");
    if (typeof count === "string") return count;
    if (parameters.length > 3 || (text !== undefined && text.kind !== "text")) return "it takes a period, a size and options.";
    const options = text === undefined ? new Set<string>() : optionsOf(text.value, ["FORCE_UPDATE", "START_EAGER"]);
    if (typeof options === "string") return options;
    const startEager = options.has("START_EAGER");
    const form = { period, count, startEager, forceUpdate: options.has("FORCE_UPDATE") || startEager };
    return { open: () => new TimeLengthBatchWindow(form), batches: true, pace: undefined };
  },
});

interface Form {
  readonly period: Period;
  readonly count: number;
  readonly startEager: boolean;
  readonly forceUpdate: boolean;
}

class TimeLengthBatchWindow implements Window {
  readonly #form: Form;
  #dueMs: number | undefined;
  #gathered: StatementEvent[] = [];
  #before: StatementEvent[] = [];

  constructor(form: Form) {
    this.#form = form;
  }

  start(nowMs: number): void {
    if (this.#form.startEager) this.#begin(nowMs);
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    this.#gathered = without(this.#gathered, leaving);
    if (arriving.length === 0) return NO_CHANGE;
    for (const event of arriving) this.#gathered.push(event);
    if (this.#gathered.length >= this.#form.count) return this.fire(nowMs);
    if (this.#dueMs === undefined) this.#begin(nowMs);
    return NO_CHANGE;
  }

  nextDueMs(): number | undefined {
    return this.#dueMs;
  }

  fire(nowMs: number): readonly Change[] {
    const change = { entered: this.#gathered, left: this.#before };
    const goesOn = change.entered.length > 0 || change.left.length > 0 || this.#form.forceUpdate;
    // One more empty period follows the last events, so that what they were is taken back.
    this.#dueMs = undefined;
    if (goesOn) this.#begin(nowMs);
    this.#before = this.#gathered;
    this.#gathered = [];
    return goesOn ? [change] : NO_CHANGE;
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
    return [this.#dueMs, this.#gathered, this.#before];
  }

  restore(saved: unknown): void {
    [this.#dueMs, this.#gathered, this.#before] = saved as [number | undefined, StatementEvent[], StatementEvent[]];
  }

  #begin(nowMs: number): void {
    this.#dueMs = plusPeriod(nowMs, this.#form.period);
  }
}

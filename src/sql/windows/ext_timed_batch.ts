import { nextWall, periodOf } from "../plan/period.ts";
import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { without } from "./gathered.ts";
import { durationMs } from "./parameters.ts";
import { timestampIn, timestampOf } from "./timestamp.ts";

export const extTimedBatch = defineWindow({
  name: "win:ext_timed_batch",
  summary:
    "Gathers events by a time that they carry and lets them go together when one arrives that lies beyond the period. The periods lie on a grid anchored at the first event, or at the reference point.",
  parameters: [
    { name: "timestamp", kind: "timestamp expression", doc: "Epoch ms of the event." },
    { name: "period", kind: "duration", doc: "How long events are gathered." },
    { name: "reference", kind: "long", doc: "Epoch ms that lies on the grid; 0L gives calendar minutes.", optional: true },
  ],
  example: "SELECT host, count(*) AS requests FROM access.win:ext_timed_batch(time, 1 min, 0L) GROUP BY host HAVING count(*) >= 1000",
  after: "Esper 5.2 reference, 'Externally-timed batch window (win:ext_timed_batch)'",
  resolve(parameters) {
    const [, period, reference] = parameters;
    const timestamp = timestampIn(parameters[0]);
    if (typeof timestamp === "string") return timestamp;
    const periodMs = durationMs(period, "period");
    if (typeof periodMs === "string") return periodMs;
    if ((reference !== undefined && reference.kind !== "number") || parameters.length > 3)
      return "it takes a timestamp, a period and a reference point.";
    const referenceMs = reference?.value;
    return {
      open: ({ evaluate }) => new ExtTimedBatchWindow({ periodMs, referenceMs }, (event) => timestampOf(evaluate(timestamp, event))),
      batches: true,
      emptyFirst: true,
      pace: { kind: "batch", by: "timestamp", timestamp, periodMs, referenceMs },
    };
  },
});

class ExtTimedBatchWindow implements Window {
  readonly #periodMs: number;
  readonly #timestamp: (event: StatementEvent) => number;
  #referenceMs: number | undefined;
  #endMs: number | undefined;
  #gathered: StatementEvent[] = [];
  #before: StatementEvent[] = [];

  constructor(form: { readonly periodMs: number; readonly referenceMs: number | undefined }, timestamp: (event: StatementEvent) => number) {
    this.#periodMs = form.periodMs;
    this.#referenceMs = form.referenceMs;
    this.#timestamp = timestamp;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    if (leaving.length > 0) this.#forget(leaving);
    const changes: Change[] = [];
    for (const event of arriving) {
      const timestampMs = this.#timestamp(event);
      this.#referenceMs ??= timestampMs;
      if (this.#endMs !== undefined && timestampMs >= this.#endMs) changes.push(this.#close());
      this.#endMs ??= nextWall(timestampMs, periodOf(this.#periodMs), this.#referenceMs);
      this.#gathered.push(event);
    }
    // Unlike the other batches it tells of events that another window takes out, though they have not come in.
    return leaving.length === 0 ? changes : [...changes, { entered: [], left: leaving }];
  }

  /** The batch is then as if it had begun with the first event that is left. */
  #forget(events: readonly StatementEvent[]): void {
    this.#gathered = without(this.#gathered, events);
    const [first] = this.#gathered;
    this.#endMs = first && nextWall(this.#timestamp(first), periodOf(this.#periodMs), this.#referenceMs!);
  }

  finish(): readonly Change[] {
    return this.#endMs === undefined ? NO_CHANGE : [this.#close()];
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
    return [this.#referenceMs, this.#endMs, this.#gathered, this.#before];
  }

  restore(saved: unknown): void {
    [this.#referenceMs, this.#endMs, this.#gathered, this.#before] = saved as [
      number | undefined,
      number | undefined,
      StatementEvent[],
      StatementEvent[],
    ];
  }

  #close(): Change {
    const change = { entered: this.#gathered, left: this.#before, endMs: this.#endMs! };
    this.#before = this.#gathered;
    this.#gathered = [];
    this.#endMs = undefined;
    return change;
  }
}

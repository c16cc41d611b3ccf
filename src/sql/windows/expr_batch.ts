import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window, type WindowCondition } from "../vocabulary.ts";
import { without } from "./gathered.ts";

export const exprBatch = defineWindow({
  name: "win:expr_batch",
  summary: "Gathers events and lets them go together when a condition comes to hold; looked at whenever an event comes.",
  parameters: [
    {
      name: "condition",
      kind: "condition",
      doc: "May hold aggregates of what is gathered, fields of the arriving event, and current_count, oldest_timestamp, newest_timestamp, oldest_event.field, newest_event.field.",
    },
    {
      name: "with_last",
      kind: "condition",
      doc: "false: the event with which the condition came to hold begins the next batch.",
      optional: true,
    },
  ],
  example: "SELECT host, path FROM access.win:expr_batch(sum(size) > 1000000)",
  after: "Esper 5.2 reference, 'Expression batch window (win:expr_batch)'",
  conditions: true,
  resolve([condition, withLast, ...more]) {
    const constant = withLast?.kind === "expression" && withLast.expression.op === "constant" ? withLast.expression.value : undefined;
    const last = withLast === undefined ? true : constant;
    const fits = condition?.kind === "expression" && condition.expression.type === "boolean" && typeof last === "boolean";
    if (!fits || more.length > 0) return "it takes a condition, and true or false.";
    return { open: (services) => new ExpressionBatchWindow(services.condition(condition), last), batches: true, pace: undefined };
  },
});

class ExpressionBatchWindow implements Window {
  readonly #condition: WindowCondition;
  /** Whether the event with which the condition comes to hold is of the batch. */
  readonly #withLast: boolean;
  #gathered: StatementEvent[] = [];
  #before: StatementEvent[] = [];

  constructor(condition: WindowCondition, withLast: boolean) {
    this.#condition = condition;
    this.#withLast = withLast;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    for (const event of leaving) this.#condition.leave(event);
    this.#gathered = without(this.#gathered, leaving);
    let closes = false;
    let size: number | undefined;
    for (const event of arriving) {
      this.#gathered.push(event);
      this.#condition.enter(event);
      closes ||= this.#holds(event);
      if (closes && !this.#withLast) size ??= this.#gathered.length - 1;
    }
    return closes ? [this.#close(size ?? this.#gathered.length)] : NO_CHANGE;
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
    return [this.#gathered, this.#before, this.#condition.save()];
  }

  restore(saved: unknown): void {
    const [gathered, before, condition] = saved as [StatementEvent[], StatementEvent[], unknown];
    this.#gathered = gathered;
    this.#before = before;
    this.#condition.restore(condition);
  }

  #holds(event: StatementEvent): boolean {
    const [oldest, newest] = [this.#gathered[0]!, this.#gathered.at(-1)!];
    const count = this.#gathered.length;
    return this.#condition.holds(event, { oldest, newest, oldestMs: oldest.timeMs, newestMs: newest.timeMs, count, expired: 0 });
  }

  #close(size: number): Change {
    const entered = this.#gathered.splice(0, size);
    if (this.#gathered.length === 0) this.#condition.clear();
    else for (const event of entered) this.#condition.leave(event);
    const left = this.#before;
    this.#before = entered;
    return { entered, left };
  }
}

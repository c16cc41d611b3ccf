import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window, type WindowCondition } from "../vocabulary.ts";

export const expr = defineWindow({
  name: "win:expr",
  summary: "Keeps events for as long as a condition holds for the oldest of them; looked at whenever an event comes.",
  parameters: [
    {
      name: "condition",
      kind: "condition",
      doc: "May hold aggregates of what is kept, fields of the oldest event, and current_count, expired_count, oldest_timestamp, newest_timestamp, oldest_event.field, newest_event.field.",
    },
  ],
  example: "SELECT host, path FROM access.win:expr(sum(size) < 1000000)",
  after: "Esper 5.2 reference, 'Expression window (win:expr)'",
  conditions: true,
  resolve([condition, ...more]) {
    if (condition?.kind !== "expression" || condition.expression.type !== "boolean" || more.length > 0) return "it takes one condition.";
    return { open: (services) => new ExpressionWindow(services.condition(condition)), pace: undefined };
  },
});

class ExpressionWindow implements Window {
  readonly #condition: WindowCondition;
  #held: StatementEvent[] = [];

  constructor(condition: WindowCondition) {
    this.#condition = condition;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    if (arriving.length === 0 && leaving.length === 0) return NO_CHANGE;
    for (const event of leaving) this.#condition.leave(event);
    this.#held = this.#held.filter((event) => !leaving.includes(event));
    for (const event of arriving) {
      this.#condition.enter(event);
      this.#held.push(event);
    }
    return [{ entered: arriving, left: [...leaving, ...this.#expire()] }];
  }

  contents(): Iterable<StatementEvent> {
    return this.#held;
  }

  size(): number {
    return this.#held.length;
  }

  save(): unknown {
    return [this.#held, this.#condition.save()];
  }

  restore(saved: unknown): void {
    const [held, condition] = saved as [StatementEvent[], unknown];
    this.#held = held;
    this.#condition.restore(condition);
  }

  #expire(): StatementEvent[] {
    const newest = this.#held.at(-1);
    let expired = 0;
    for (const oldest of this.#held) {
      const count = this.#held.length - expired;
      const state = { oldest, newest: newest!, oldestMs: oldest.timeMs, newestMs: newest!.timeMs, count, expired };
      if (this.#condition.holds(oldest, state)) break;
      this.#condition.leave(oldest);
      expired++;
    }
    if (expired === this.#held.length) this.#condition.clear();
    return this.#held.splice(0, expired);
  }
}

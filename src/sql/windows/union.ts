import type { Change, StatementEvent, Window, WindowForm } from "../vocabulary.ts";
import { SeveralWindows } from "./several.ts";

/** Several windows on one stream: an event is held until the last of them has let it go. */
export function union(forms: readonly WindowForm[]): WindowForm {
  return { open: (services) => new Union(forms.map((form) => form.open(services))), pace: undefined };
}

class Union extends SeveralWindows {
  /** How many of the windows hold an event. */
  #holders = new Map<StatementEvent, number>();

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    for (const event of leaving) this.#holders.delete(event);
    for (const event of arriving) this.#holders.set(event, this.windows.length);
    const left = this.windows.flatMap((window) => {
      const answer = window.update(arriving, leaving, nowMs);
      const taken = new Set(answer.flatMap(({ entered }) => entered));
      const refused = arriving.filter((event) => !taken.has(event));
      return this.#letGo([...refused, ...answer.flatMap((change) => change.left)]);
    });
    return arriving.length === 0 && left.length === 0 ? [] : [{ entered: arriving, left: [...leaving, ...left] }];
  }

  protected told(_from: Window, { entered, left }: Change): readonly Change[] {
    const last = this.#letGo(left);
    return entered.length === 0 && last.length === 0 ? [] : [{ entered, left: last }];
  }

  contents(): Iterable<StatementEvent> {
    return this.#holders.keys();
  }

  override save(): unknown {
    return [this.#holders, super.save()];
  }

  override restore(saved: unknown): void {
    const [holders, windows] = saved as [Map<StatementEvent, number>, unknown];
    this.#holders = holders;
    super.restore(windows);
  }

  /** One window has let these events go; those that no other holds have left. */
  #letGo(events: readonly StatementEvent[]): StatementEvent[] {
    return events.filter((event) => {
      const holders = this.#holders.get(event);
      if (holders === undefined) return false;
      if (holders > 1) this.#holders.set(event, holders - 1);
      else this.#holders.delete(event);
      return holders === 1;
    });
  }
}
